//! The accept loop: takes connections, bounds what each may cost, and stops without losing a request.
//!
//! `axum::serve` is not used, as it never installs hyper's timer and so has no header time-out.
//! The time a handler may take, and the size of a body, are the router's matter.

mod body;
mod progress;

use crate::config::Config;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use body::DeadlineBody;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use progress::Progress;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// How long to wait after a failed accept: the usual cause, no free descriptor, lasts until a connection ends.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Requests that one HTTP/2 connection may have open at once.
const MAX_STREAMS: u32 = 100;

/// Largest head of a request over HTTP/2, in bytes.
const MAX_HEADER_LIST_BYTES: u32 = 16 * 1024;

/// Largest head of a request over HTTP/1, and the largest read at once, in bytes.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// Answer bytes kept for one slow HTTP/2 stream.
const MAX_SEND_BUFFER_BYTES: usize = 64 * 1024;

/// What one client can take of the server's time and memory.
#[derive(Debug, Clone)]
pub struct ServeLimits {
    /// For the whole head of a request, and for the first one to arrive on a new connection.
    pub header_timeout: Duration,
    /// For the whole body of a request, from the end of its head.
    pub body_timeout: Duration,
    /// Without progress on a connection on which no handler runs.
    pub idle_timeout: Duration,
    /// Connections open at once; more wait in the system's queue.
    pub max_connections: usize,
    /// For requests in flight, after a stop was asked for.
    pub shutdown_grace: Duration,
}

impl From<&Config> for ServeLimits {
    fn from(config: &Config) -> Self {
        Self {
            header_timeout: config.limits.header_timeout,
            body_timeout: config.limits.body_timeout,
            idle_timeout: config.limits.idle_timeout,
            max_connections: config.limits.max_connections,
            shutdown_grace: config.shutdown_grace,
        }
    }
}

/// Serves until told to stop, then lets requests in flight finish within the grace.
///
/// Each request carries the peer's address as axum's `ConnectInfo<SocketAddr>` extension. A body that
/// arrives too slowly fails with [`io::ErrorKind::TimedOut`] in the handler that reads it.
///
/// # Errors
/// When the listener has no address, so was never bound. Failures of a single connection end only that one.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: &ServeLimits,
    stop: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening");
    let slots = Arc::new(Semaphore::new(limits.max_connections));
    let connections = TaskTracker::new();
    let abort = CancellationToken::new();
    while let Some((stream, peer, slot)) = next(&listener, &slots, &stop).await {
        let connection = Connection { app: app.clone(), limits: limits.clone(), peer, slot };
        connections.spawn(connection.run(stream, stop.clone(), abort.clone()));
    }
    drop(listener);
    connections.close();
    tracing::info!(connections = connections.len(), "stopping");
    if tokio::time::timeout(limits.shutdown_grace, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "cutting off requests that outlast the grace");
        abort.cancel();
        connections.wait().await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// Cancels a token at the first SIGTERM or SIGINT. Must be called within the runtime, before serving.
///
/// # Errors
/// When the signals cannot be listened to.
pub fn stop_on_signal(stop: CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!(signal = "SIGTERM", "asked to stop"),
            _ = interrupt.recv() => tracing::info!(signal = "SIGINT", "asked to stop"),
        }
        stop.cancel();
    });
    Ok(())
}

/// The next connection with the slot that it holds, or nothing once stopped.
async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let accepted = async {
        // Only closing the semaphore fails, and nobody closes it.
        let slot = Arc::clone(slots).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, slot)),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    stop.run_until_cancelled(accepted).await.flatten()
}

/// One accepted connection and what it needs.
struct Connection {
    app: Router,
    limits: ServeLimits,
    peer: SocketAddr,
    slot: OwnedSemaphorePermit,
}

impl Connection {
    /// Serves requests until the client leaves, stalls, or the server stops.
    async fn run(self, stream: TcpStream, stop: CancellationToken, abort: CancellationToken) {
        let Self { app, limits, peer, slot } = self;
        // Answers are written whole, so waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let progress = Progress::default();
        let service = service_fn(|request: hyper::Request<Incoming>| {
            let handling = progress.handling();
            let answering = app.clone().oneshot(dressed(request, peer, limits.body_timeout));
            async move { answering.await.map(|answer| answer.map(|body| handling.watched(body))) }
        });
        let builder = protocol(&limits);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut stalled = pin!(progress.stalled(limits.header_timeout, limits.idle_timeout));
        let mut stopping = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        // Clients come and go as they like: a broken connection is no fault of ours.
                        tracing::debug!(%error, "a connection broke");
                    }
                    break;
                }
                () = stop.cancelled(), if !stopping => {
                    connection.as_mut().graceful_shutdown();
                    stopping = true;
                }
                () = stalled.as_mut() => {
                    tracing::debug!("a connection stalled");
                    break;
                }
                () = abort.cancelled() => break,
            }
        }
        drop(slot);
    }
}

/// Adds what the router needs to know: the peer's address and the time by which the body must be there.
fn dressed(request: hyper::Request<Incoming>, peer: SocketAddr, body_timeout: Duration) -> Request {
    let mut request = request.map(|body| Body::new(DeadlineBody::new(body, body_timeout)));
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

/// HTTP/1 and HTTP/2 with every bound that hyper offers.
fn protocol(limits: &ServeLimits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(MAX_BUFFER_BYTES)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST_BYTES)
        .max_send_buf_size(MAX_SEND_BUFFER_BYTES)
        .keep_alive_interval(limits.idle_timeout)
        .keep_alive_timeout(limits.header_timeout);
    builder
}
