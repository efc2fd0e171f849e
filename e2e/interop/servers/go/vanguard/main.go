// Runs vanguard-go as a gRPC-Web server in front of a gRPC backend: `vanguard -backend http://127.0.0.1:port`. It prints
// its address once it listens.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"

	"connectrpc.com/vanguard"
	"google.golang.org/grpc/interop/grpc_testing"
)

func main() {
	backend := flag.String("backend", "", "the backend: http://host:port, HTTP/2 with prior knowledge")
	flag.Parse()
	if err := serve(*backend); err != nil {
		log.Fatal(err)
	}
}

func serve(backend string) error {
	target, err := url.Parse(backend)
	if err != nil {
		return err
	}
	h2c := new(http.Protocols)
	h2c.SetUnencryptedHTTP2(true)
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(request *httputil.ProxyRequest) { request.SetURL(target) },
		Transport:     &http.Transport{Protocols: h2c},
		FlushInterval: -1,
	}
	// Vanguard passes on only the services that it knows. It knows only the TestService.
	schema := grpc_testing.File_grpc_testing_test_proto.Services().ByName("TestService")
	service := vanguard.NewServiceWithSchema(
		schema, proxy,
		vanguard.WithTargetProtocols(vanguard.ProtocolGRPC),
		vanguard.WithTargetCodecs(vanguard.CodecProto),
	)
	transcoder, err := vanguard.NewTranscoder([]*vanguard.Service{service})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	return http.Serve(listener, transcoder)
}
