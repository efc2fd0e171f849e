//! Runs tonic-web's layer as a gRPC-Web server in front of a gRPC backend: `tonic-web-proxy 127.0.0.1:port`. It prints its
//! address once it listens.

use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::Request;
use hyper::server::conn::http1;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic_web::GrpcWebLayer;
use tower::util::MapRequest;
use tower::Layer;

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let backend: Authority = std::env::args().nth(1).ok_or("expected host:port of the backend")?.parse()?;
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http::<Body>();
    let proxy = MapRequest::new(client, move |request| to_backend(request, &backend));
    let service = GrpcWebLayer::new().layer(proxy);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
    }
}

/// Sends the request to the backend. The layer has turned it into a gRPC request already, except for its address.
fn to_backend(mut request: Request<Body>, backend: &Authority) -> Request<Body> {
    let path = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(backend.clone());
    parts.path_and_query = Some(path);
    // This cannot fail: a scheme, an authority and a path are a whole URI.
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    *request.version_mut() = http::Version::HTTP_2;
    request.headers_mut().remove(http::header::HOST);
    request.headers_mut().remove(http::header::CONNECTION);
    request
}
