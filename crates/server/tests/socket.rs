//! The accept loop over real sockets, against clients that are slow, silent or too many.
//!
//! Nothing sleeps and nothing is timed: a time-out under test is short, and the client waits for what
//! the server then does. Only a broken server meets [`PATIENCE`].
#![cfg(test)]

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::routing::{get, post};
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use rafiq_server::serve::{ServeLimits, serve};
use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Turns a hang into a failure.
const PATIENCE: Duration = Duration::from_mins(1);

/// A time-out that the test waits for.
const SHORT: Duration = Duration::from_millis(50);

/// Time-outs far beyond any test, but for the one that it shortens.
fn limits() -> ServeLimits {
    let long = Duration::from_mins(10);
    ServeLimits {
        header_timeout: long,
        body_timeout: long,
        idle_timeout: long,
        max_connections: 16,
        shutdown_grace: long,
    }
}

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    async fn start(app: Router, limits: ServeLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let token = stop.clone();
        let task = tokio::spawn(async move { serve(listener, app, &limits, token).await });
        Self { address, stop, task }
    }

    async fn ended(self) {
        patiently(self.task).await.unwrap().unwrap();
    }
}

struct Client(TcpStream);

impl Client {
    async fn connect(server: &Server) -> Self {
        Self(TcpStream::connect(server.address).await.unwrap())
    }

    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    async fn get(&mut self, path: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")).await;
    }

    /// Everything up to a text that ends the answer.
    async fn until(&mut self, end: &str) -> String {
        let mut answer = Vec::new();
        while !answer.ends_with(end.as_bytes()) {
            answer.push(patiently(self.0.read_u8()).await.unwrap());
        }
        String::from_utf8(answer).unwrap()
    }

    /// Everything until the server closes; a reset counts as that, as it had unread bytes.
    async fn rest(&mut self) -> Vec<u8> {
        let mut answer = Vec::new();
        let _ = patiently(self.0.read_to_end(&mut answer)).await;
        answer
    }
}

async fn patiently<T>(waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, waiting).await.expect("the server hangs")
}

/// A handler that reports its start and then waits to be let go.
struct Gate {
    entered: mpsc::UnboundedReceiver<()>,
    release: Arc<Semaphore>,
}

impl Gate {
    fn new() -> (Self, Router) {
        let (sender, entered) = mpsc::unbounded_channel();
        let release = Arc::new(Semaphore::new(0));
        let gate = Self { entered, release: Arc::clone(&release) };
        let handler = get(async move || {
            sender.send(()).unwrap();
            release.acquire().await.unwrap().forget();
            "released"
        });
        (gate, Router::new().route("/gate", handler).route("/ping", get("pong")))
    }

    async fn entered(&mut self) {
        patiently(self.entered.recv()).await.unwrap();
    }
}

#[tokio::test]
async fn a_request_is_answered_and_knows_its_peer() {
    let app = Router::new().route("/peer", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| format!("{peer}!")));
    let server = Server::start(app, limits()).await;
    let mut client = Client::connect(&server).await;
    client.get("/peer").await;
    let answer = client.until("!").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(&format!("{}!", client.0.local_addr().unwrap())), "{answer}");
}

#[tokio::test]
async fn a_stop_finishes_the_request_in_flight_and_closes_idle_connections() {
    let (mut gate, app) = Gate::new();
    let server = Server::start(app, limits()).await;
    let (mut busy, mut idle, mut silent) =
        (Client::connect(&server).await, Client::connect(&server).await, Client::connect(&server).await);
    idle.get("/ping").await;
    idle.until("pong").await;
    busy.get("/gate").await;
    gate.entered().await;
    server.stop.cancel();
    assert_eq!(idle.rest().await, b"");
    assert_eq!(silent.rest().await, b"");
    gate.release.add_permits(1);
    let answer = String::from_utf8(busy.rest().await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("released"), "{answer}");
    server.ended().await;
}

#[tokio::test]
async fn a_request_that_outlasts_the_grace_is_cut_off() {
    let (mut gate, app) = Gate::new();
    let server = Server::start(app, ServeLimits { shutdown_grace: SHORT, ..limits() }).await;
    let mut client = Client::connect(&server).await;
    client.get("/gate").await;
    gate.entered().await;
    server.stop.cancel();
    server.ended().await;
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_head_is_cut_off() {
    let (_gate, app) = Gate::new();
    let server = Server::start(app, ServeLimits { header_timeout: SHORT, ..limits() }).await;
    // Silence, half of an HTTP/2 preface, half of a head, and half of a second head.
    for part in ["", "P", "PRI * HTTP/2.0\r\n", "GET /ping HTTP/1.1\r\nHost: te"] {
        let mut client = Client::connect(&server).await;
        client.send(part).await;
        let answer = String::from_utf8(client.rest().await).unwrap();
        assert!(!answer.contains("200 OK"), "{part:?}: {answer}");
    }
    let mut client = Client::connect(&server).await;
    client.get("/ping").await;
    client.until("pong").await;
    client.send("GET /ping HTTP/1.1\r\n").await;
    assert!(!client.rest().await.ends_with(b"pong"));
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_a_slot() {
    let (mut gate, app) = Gate::new();
    let server = Server::start(app, ServeLimits { max_connections: 2, ..limits() }).await;
    let (mut busy, mut talker) = (Client::connect(&server).await, Client::connect(&server).await);
    busy.send("GET /gate HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").await;
    gate.entered().await;
    talker.get("/ping").await;
    talker.until("pong").await;
    let mut waiting = Client::connect(&server).await;
    waiting.get("/gate").await;
    // Each round trip would give the server the time to take up the third connection.
    for _ in 0..50 {
        talker.get("/ping").await;
        talker.until("pong").await;
    }
    assert!(gate.entered.try_recv().is_err());
    gate.release.add_permits(2);
    assert!(busy.rest().await.ends_with(b"released"));
    waiting.until("released").await;
}

/// Whether a time-out is among the causes.
fn is_late(error: &(dyn Error + 'static)) -> bool {
    let here = error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut);
    here || error.source().is_some_and(is_late)
}

/// Reads the whole body and tells a late one from other failures.
async fn swallow(body: Body) -> StatusCode {
    match body.collect().await {
        Ok(_) => StatusCode::OK,
        Err(error) if is_late(&error) => StatusCode::REQUEST_TIMEOUT,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

#[tokio::test]
async fn a_body_that_stops_is_ended() {
    let app = Router::new().route("/", post(swallow));
    let server = Server::start(app, ServeLimits { body_timeout: SHORT, ..limits() }).await;
    let mut client = Client::connect(&server).await;
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf").await;
    let answer = String::from_utf8(client.rest().await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
}

#[tokio::test]
async fn a_body_that_drips_is_ended_too() {
    let (sender, mut outcome) = mpsc::unbounded_channel();
    let handler = post(async move |body: Body| sender.send(swallow(body).await).unwrap());
    let server =
        Server::start(Router::new().route("/", handler), ServeLimits { body_timeout: SHORT, ..limits() }).await;
    let mut client = Client::connect(&server).await;
    client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999999\r\n\r\n").await;
    let dripping = async {
        while client.0.write_all(b".").await.is_ok() {}
        std::future::pending().await
    };
    let ended = patiently(async {
        tokio::select! {
            ended = outcome.recv() => ended,
            never = dripping => never,
        }
    });
    assert_eq!(ended.await, Some(StatusCode::REQUEST_TIMEOUT));
}

#[tokio::test]
async fn a_body_in_pieces_is_taken_whole() {
    let app = Router::new().route("/", post(async |body: String| body));
    let server = Server::start(app, limits()).await;
    let mut client = Client::connect(&server).await;
    for piece in ["POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 6\r\n\r\n", "in ", "one"] {
        client.send(piece).await;
    }
    client.until("\r\n\r\nin one").await;
}

/// A body without end that reports when it is dropped.
struct Endless(mpsc::UnboundedSender<()>);

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'.'; 8_192])))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut_off() {
    let (sender, mut dropped) = mpsc::unbounded_channel();
    let app = Router::new().route("/", get(async move || Body::new(Endless(sender.clone()))));
    let server = Server::start(app, ServeLimits { idle_timeout: SHORT, ..limits() }).await;
    let mut client = Client::connect(&server).await;
    client.get("/").await;
    patiently(dropped.recv()).await.unwrap();
}

#[tokio::test]
async fn a_client_that_waits_for_its_answer_is_not_idle() {
    let (mut gate, app) = Gate::new();
    let server = Server::start(app, ServeLimits { header_timeout: SHORT, idle_timeout: SHORT, ..limits() }).await;
    let mut waiting = Client::connect(&server).await;
    waiting.get("/gate").await;
    gate.entered().await;
    // A silent client that came later is cut off first only if the waiting one is exempt.
    assert_eq!(Client::connect(&server).await.rest().await, b"");
    gate.release.add_permits(1);
    waiting.until("released").await;
}

#[tokio::test]
async fn http_2_is_bounded_and_ends_when_idle() {
    let (_gate, app) = Gate::new();
    let server = Server::start(app, ServeLimits { header_timeout: SHORT, ..limits() }).await;
    let mut client = Client::connect(&server).await;
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00").await;
    let frames = client.rest().await;
    // The first frame is SETTINGS: 3 bytes of length, type 4, then after 5 more bytes pairs of id and value.
    assert_eq!(frames[3], 4, "{frames:?}");
    let length = usize::from(frames[2]);
    let settings: Vec<_> = frames[9..9 + length].chunks(6).collect();
    assert!(settings.contains(&&[0, 3, 0, 0, 0, 100][..]), "at most 100 streams: {settings:?}");
    assert!(settings.contains(&&[0, 6, 0, 0, 0x40, 0][..]), "heads of 16 KiB: {settings:?}");
}
