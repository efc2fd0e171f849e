# Holds each packet that is routed to the TUN device `slow` for some seconds, then sends it on. Usage: perl delay-packets.pl SECONDS
# A program, since many kernels are built without netem.
use strict;
use warnings;
use Time::HiRes 'time';

my ($delay) = @ARGV;
open(my $tun, '+<', '/dev/net/tun') or die "/dev/net/tun: $!";
my $request = pack('a16 s x22', 'slow', 0x1001); # IFF_TUN | IFF_NO_PI
ioctl($tun, 0x400454ca, $request) or die "TUNSETIFF: $!";
$| = 1;
print "ready\n";

my @held;
while (1) {
  my $ready = '';
  vec($ready, fileno($tun), 1) = 1;
  vec($ready, fileno(STDIN), 1) = 1;
  my $wait = @held ? $held[0][0] - time : undef;
  $wait = 0 if defined $wait && $wait < 0;
  select($ready, undef, undef, $wait);
  if (vec($ready, fileno(STDIN), 1)) { sysread(STDIN, my $ignored, 64) or exit } # the test has ended
  if (vec($ready, fileno($tun), 1)) { sysread($tun, my $packet, 65536); push @held, [time + $delay, $packet] }
  while (@held && $held[0][0] <= time) { syswrite($tun, (shift @held)->[1]) }
}
