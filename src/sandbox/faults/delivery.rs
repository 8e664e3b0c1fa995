//! The outermost layer, which damages responses after they have been built and recorded.

use std::io;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::stream::{self, StreamExt};
use serde_json::Value;

use super::forms::{ResponseForm, shorten_list};
use super::{FaultEffect, InjectedFault};

/// The forms of a response, as an extension of it.
#[derive(Clone, Debug)]
pub(super) struct InjectedForms {
    /// Path of the request, including its query.
    pub(super) path: String,
    pub(super) forms: Vec<ResponseForm>,
}

/// Sends a response, in another form or damaged if a fault requires it.
pub(crate) async fn deliver(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(InjectedForms { path, forms }) = response.extensions_mut().remove() {
        let apply = |body: &mut Value| forms.iter().for_each(|form| form.apply(&path, body));
        response = change_body(response, apply).await;
    }
    let effect = response
        .extensions()
        .get()
        .map(|fault: &InjectedFault| &fault.effect);
    match effect {
        Some(FaultEffect::Delay(delay)) => {
            tokio::time::sleep(*delay).await;
            response
        }
        Some(FaultEffect::ShortList(kept)) => {
            let kept = *kept;
            change_body(response, |body| shorten_list(body, kept)).await
        }
        Some(FaultEffect::Truncate) => truncate_body(response).await,
        Some(FaultEffect::NotJson) => replace_with_text(response),
        Some(FaultEffect::DropBefore | FaultEffect::DropLate(_) | FaultEffect::DropAfter) => {
            drop_connection()
        }
        _ => response,
    }
}

/// Changes the JSON body of a successful response.
async fn change_body(response: Response, change: impl FnOnce(&mut Value)) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Some(mut body) = serde_json::from_slice(&bytes)
        .ok()
        .filter(|_| parts.status.is_success())
    else {
        return Response::from_parts(parts, bytes.into());
    };
    change(&mut body);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, body.to_string().into())
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
