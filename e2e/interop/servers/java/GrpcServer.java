import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.TestServiceImpl;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** Runs grpc-java's own service of the interop tests on a free loopback port. It prints its address once it listens. */
public final class GrpcServer {
  public static void main(String[] args) throws Exception {
    var executor = Executors.newSingleThreadScheduledExecutor();
    var service = ServerInterceptors.intercept(new TestServiceImpl(executor), TestServiceImpl.interceptors());
    var address = new InetSocketAddress("127.0.0.1", 0);
    Server server = NettyServerBuilder.forAddress(address, InsecureServerCredentials.create()).addService(service).build();
    server.start();
    System.out.println("listening on http://127.0.0.1:" + server.getPort());
    server.awaitTermination();
  }
}
