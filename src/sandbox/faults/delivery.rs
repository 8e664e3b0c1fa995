//! The outermost layer, which damages responses after they have been built and recorded.

use std::io;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::stream::{self, StreamExt};

use super::{FaultEffect, InjectedFault};

/// Sends a response, damaged if a fault requires it.
pub(crate) async fn deliver(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let effect = response
        .extensions()
        .get()
        .map(|fault: &InjectedFault| &fault.effect);
    match effect {
        Some(FaultEffect::Delay(delay)) => {
            tokio::time::sleep(*delay).await;
            response
        }
        Some(FaultEffect::Truncate) => truncate_body(response).await,
        Some(FaultEffect::NotJson) => replace_with_text(response),
        Some(FaultEffect::DropBefore | FaultEffect::DropLate(_) | FaultEffect::DropAfter) => {
            drop_connection()
        }
        _ => response,
    }
}

/// Sends half of the body with a `Content-Length` header for all of it.
async fn truncate_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if bytes.is_empty() {
        return drop_connection();
    }
    let length = HeaderValue::from(bytes.len());
    parts.headers.insert(header::CONTENT_LENGTH, length);
    let half = bytes.slice(..bytes.len() / 2);
    let failure = stream::once(async {
        // The server discards unsent data when a body fails, so it needs time to send the half.
        tokio::task::yield_now().await;
        Err(broken_body_error())
    });
    let chunks = stream::iter([Ok(half)]).chain(failure);
    Response::from_parts(parts, Body::from_stream(chunks))
}

/// Replaces the body with a text that is not JSON.
fn replace_with_text(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    if parts.status == StatusCode::NO_CONTENT {
        parts.status = StatusCode::OK; // 204 allows no body
    }
    Response::from_parts(parts, Body::from("ok, but this is not JSON"))
}

/// Returns a response whose body fails before its head is sent, so that the connection closes
/// without a byte.
fn drop_connection() -> Response {
    let failure = stream::iter([Err::<Bytes, _>(broken_body_error())]);
    Response::new(Body::from_stream(failure))
}

fn broken_body_error() -> io::Error {
    io::Error::other("broken by an injected fault")
}
