//! What happens to an answer on its way: the last thing of all, when it has been made and recorded.

use std::io;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::stream::{self, StreamExt};

use super::Harm;
use super::layer::Struck;

/// Sends an answer off, whole or not.
pub(crate) async fn deliver(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let struck = response.extensions().get::<Struck>();
    match struck.and_then(|struck| struck.harm) {
        None => response,
        Some(Harm::Late(delay)) => {
            tokio::time::sleep(delay).await;
            response
        }
        Some(Harm::Cut) => cut(response).await,
        Some(Harm::NotJson) => not_json(response),
        Some(Harm::Lost) => lost(),
    }
}

/// The head announces the whole body, and half of it comes.
async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if bytes.is_empty() {
        return lost();
    }
    let length = HeaderValue::from(bytes.len());
    parts.headers.insert(header::CONTENT_LENGTH, length);
    let half = bytes.slice(..bytes.len() / 2);
    let rest = stream::once(async {
        // Meanwhile the server sends the half: what is unsent when a body breaks is thrown away.
        tokio::task::yield_now().await;
        Err(broken())
    });
    let pieces = stream::iter([Ok(half)]).chain(rest);
    Response::from_parts(parts, Body::from_stream(pieces))
}

fn not_json(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    if parts.status == StatusCode::NO_CONTENT {
        parts.status = StatusCode::OK; // the other one has no body
    }
    Response::from_parts(parts, Body::from("ok, but this is no JSON"))
}

/// The body breaks before the head is sent, so the connection ends without a byte.
fn lost() -> Response {
    let nothing = stream::iter([Err::<Bytes, _>(broken())]);
    Response::new(Body::from_stream(nothing))
}

fn broken() -> io::Error {
    io::Error::other("broken by a fault on demand")
}
