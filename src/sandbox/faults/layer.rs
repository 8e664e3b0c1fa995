//! Where faults meet requests: behind the rate limits, before anything looks at the request.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::super::answers::ApiError;
use super::super::limits::group_of;
use super::super::server::Shared;
use super::app::Edit;
use super::{Fault, Harm, Kind};

/// Stands in the extensions of an answer that a fault had to do with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Struck {
    /// The kind of fault, by its word.
    pub(crate) fault: &'static str,
    /// It is not the API that speaks: its headers are not in this answer, and its form is not expected of it.
    pub(crate) is_foreign: bool,
    /// Nothing was carried out yet, and nothing answered.
    pub(crate) is_unanswered: bool,
    pub(super) harm: Option<Harm>,
}

impl Struck {
    fn by(fault: &Fault) -> Struck {
        let is_unanswered = matches!(fault.kind, Kind::DropBefore | Kind::DropLate(_));
        Struck {
            fault: fault.name,
            is_foreign: is_unanswered
                || matches!(fault.kind, Kind::ThrottleAccount(_) | Kind::Page(_)),
            is_unanswered,
            harm: match fault.kind {
                Kind::Spoiled(harm) => Some(harm),
                Kind::DropBefore | Kind::DropLate(_) => Some(Harm::Lost),
                _ => None,
            },
        }
    }
}

/// Lets a request pass, or has it meet its fault.
pub(crate) async fn strike(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map_or("", |p| p.as_str());
    let (method, path) = (request.method().to_string(), path.to_owned());
    let Some(fault) = shared.faults().strike(&method, &path) else {
        return next.run(request).await;
    };
    tracing::info!("{} strikes {method} {path}", fault.name);
    let struck = Struck::by(&fault);
    let mut response = match fault.kind {
        Kind::Throttle(pause) => {
            let group = group_of(&method, request.uri().path());
            let refused = shared.limits().penalise(group, pause, Instant::now());
            let mut response = refused.into_response();
            let remaining = HeaderValue::from_static("0");
            response
                .headers_mut()
                .insert("X-Rate-Limit-Remaining", remaining);
            response
        }
        Kind::ThrottleAccount(pause) => {
            let refused = shared.limits().penalise_account(pause, Instant::now());
            refused.into_response()
        }
        Kind::Trouble(status) => trouble(status),
        Kind::Page(status) => page(status),
        Kind::DropBefore => StatusCode::NO_CONTENT.into_response(),
        Kind::DropLate(delay) => {
            tokio::spawn(carry_out_late(request, next, delay));
            StatusCode::NO_CONTENT.into_response()
        }
        Kind::Expired => {
            shared.tokens().expire(request.headers(), Instant::now());
            next.run(request).await
        }
        Kind::Spoiled(_) => next.run(request).await,
        Kind::App(edit) => {
            let response = next.run(request).await;
            if !edit_in_the_app(&shared, &edit, &path) {
                return response;
            }
            response
        }
    };
    response.extensions_mut().insert(struck);
    response
}

/// Carries a request out that nobody waits for any more.
async fn carry_out_late(request: Request, next: Next, delay: Duration) {
    let what = format!("{} {}", request.method(), request.uri());
    tokio::time::sleep(delay).await;
    let status = next.run(request).await.status().as_u16();
    tracing::info!(status, "carried out late: {what}");
}

/// The codes are \[inferred\].
fn trouble(status: u16) -> Response {
    let (code, message) = match status {
        500 => ("CMN-211", "Internal server error"),
        503 => ("CMN-201", "Service temporarily unavailable"),
        _ => ("CMN-202", "The service behind the gateway does not answer"),
    };
    ApiError::one(status_code(status), code, message, None).into_response()
}

fn page(status: u16) -> Response {
    let status = status_code(status);
    let html = format!("<html><head><title>{status}</title></head><body>{status}</body></html>");
    (status, Html(html)).into_response()
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY)
}

/// Whether somebody found something to edit.
fn edit_in_the_app(shared: &Shared, edit: &Edit, path: &str) -> bool {
    let made = shared.write(|store| edit.make(store, path));
    match made {
        Ok(true) => return true,
        Ok(false) => tracing::warn!("nobody edits in the app: there is no such rule"),
        Err(error) => tracing::error!("an edit in the app was not kept: {error}"),
    }
    false
}
