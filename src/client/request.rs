//! One request to the API, as the other modules of the client pass it on.

use std::fmt;

use secrecy::SecretString;
use serde_json::Value;

use crate::api::decode::text_or_number;

/// The HTTP methods that the client uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum HttpMethod {
    Get,
    Post,
    Patch,
    Delete,
}

impl HttpMethod {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            HttpMethod::Get => "GET",
            HttpMethod::Post => "POST",
            HttpMethod::Patch => "PATCH",
            HttpMethod::Delete => "DELETE",
        }
    }
}

/// One request to the API, without credentials.
#[derive(Debug)]
pub(super) struct ApiRequest<'a> {
    pub(super) method: HttpMethod,
    pub(super) path: &'a str,
    pub(super) payload: RequestPayload<'a>,
    /// Whether sending the request twice has the same effect as sending it once.
    pub(super) idempotent: bool,
}

impl<'a> ApiRequest<'a> {
    pub(super) fn get(path: &'a str, query: Vec<(&'static str, String)>) -> ApiRequest<'a> {
        ApiRequest {
            method: HttpMethod::Get,
            path,
            payload: RequestPayload::Query(query),
            idempotent: true,
        }
    }

    /// Returns whether this is a sign-in, the only request with a form. It changes nothing, so it
    /// can always be repeated.
    pub(super) fn is_sign_in(&self) -> bool {
        matches!(self.payload, RequestPayload::Form(_))
    }

    /// Returns whether the request changes nothing on the account.
    pub(super) fn is_read(&self) -> bool {
        self.method == HttpMethod::Get || matches!(self.payload, RequestPayload::Search(_))
    }

    /// Returns whether the request changes the account.
    pub(super) fn is_write(&self) -> bool {
        !self.is_read() && !self.is_sign_in()
    }

    pub(super) fn target(&self) -> RequestTarget {
        RequestTarget {
            method: self.method.as_str(),
            path: self.path.to_owned(),
        }
    }
}

/// The query or body of a request. Forms contain credentials, so the debug output omits the
/// content.
pub(super) enum RequestPayload<'a> {
    Empty,
    Query(Vec<(&'static str, String)>),
    Json(&'a Value),
    /// A query in the body of a POST. It changes nothing.
    Search(&'a Value),
    Form(Vec<(&'static str, &'a str)>),
}

impl fmt::Debug for RequestPayload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RequestPayload::Empty => "Empty",
            RequestPayload::Query(_) => "Query",
            RequestPayload::Json(_) => "Json",
            RequestPayload::Search(_) => "Search",
            RequestPayload::Form(_) => "Form",
        })
    }
}

/// Returns the `id` of a record as text: API version 1.0 sends numbers, version 2 strings \[spec\].
pub(super) fn record_id(record: &Value) -> Option<String> {
    text_or_number(record.get("id")).filter(|id| !id.is_empty())
}

/// The credentials of a request.
pub(super) enum RequestAuth<'a> {
    /// The client ID and secret of the API app, for a sign-in.
    Basic {
        id: &'a str,
        secret: &'a SecretString,
    },
    /// An access token of the signed-in user.
    Bearer(&'a SecretString),
}

/// The request that an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTarget {
    /// The HTTP method in capitals, such as `GET`.
    pub method: &'static str,
    /// The path after the server address, without a query.
    pub path: String,
}

impl fmt::Display for RequestTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}
