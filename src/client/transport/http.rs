//! Sends one HTTP request and reads its response. No other module uses the HTTP library.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{ACCEPT, DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, RequestBuilder, Response};
use secrecy::ExposeSecret;
use url::Url;

use crate::client::config::{ClientConfig, is_loopback};
use crate::client::errors::ClientError;
use crate::client::rate_limit::RateHeaders;
use crate::client::redact;
use crate::client::request::{ApiRequest, HttpMethod, RequestAuth, RequestPayload, RequestTarget};
use crate::client::retry::RetryPolicy;

/// The limits of a response body, far above any real response, so that a faulty server cannot
/// exhaust the memory. A page of 1,000 users has about 1 MiB and 60,000 values.
const MAX_BODY_MEBIBYTES: usize = 16;
/// The most values in JSON. A parsed value needs up to a hundred bytes, even if its text has two.
const MAX_BODY_VALUES: usize = 1_000_000;

/// How long an idle connection is kept.
const MAX_IDLE: Duration = Duration::from_secs(15);

const USER_AGENT: &str = concat!("callrules/", env!("CARGO_PKG_VERSION"));

/// The HTTP client for one server, with its connection pool.
#[derive(Debug)]
pub(super) struct HttpClient {
    client: reqwest::Client,
    server: Url,
    host: String,
    sign_in_timeout: Duration,
    request_count: AtomicU64,
}

/// The status and headers of a response.
pub(super) struct ResponseHead {
    pub(super) status: u16,
    pub(super) rate_limits: RateHeaders,
    pub(super) retry_after: Option<Duration>,
    pub(super) request_id: Option<String>,
    /// The time in the `Date` header, by the clock of the server.
    pub(super) date: Option<Timestamp>,
}

impl HttpClient {
    pub(super) fn new(
        config: &ClientConfig,
        retry_policy: &RetryPolicy,
    ) -> Result<HttpClient, ClientError> {
        // The library is built without a crypto provider and panics if none is installed. An error
        // means that another thread installed one first.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let builder = || client_builder(&config.server, retry_policy);
        // Without a system certificate store the first attempt fails, even for plain HTTP.
        let client = builder().build().or_else(|_| {
            tracing::debug!("no certificate store on this system: using the bundled roots");
            builder().tls_certs_only(bundled_roots()?).build()
        });
        Ok(HttpClient {
            client: client.map_err(|error| ClientError::HttpsSetup(root_cause(&error)))?,
            server: config.server.clone(),
            host: host_and_port(&config.server),
            sign_in_timeout: retry_policy
                .sign_in_timeout
                .min(retry_policy.request_timeout),
            request_count: AtomicU64::new(0),
        })
    }

    /// Returns the host name, with the port if it is not the default.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn requests_made(&self) -> u64 {
        self.request_count.load(Ordering::Relaxed)
    }

    /// Sends a request once, without retries. Returns the head of the response with its body, or
    /// with the error that cut the body off. The `secrets` are redacted from errors.
    pub(super) async fn send(
        &self,
        request: &ApiRequest<'_>,
        auth: &RequestAuth<'_>,
        secrets: &[&str],
    ) -> Result<(ResponseHead, Result<Vec<u8>, ClientError>), ClientError> {
        let client_error = |error| self.client_error(&error, request.target(), secrets);
        let builder = self.build_request(request, auth);
        self.request_count.fetch_add(1, Ordering::Relaxed);
        let mut response = builder.send().await.map_err(client_error)?;
        let head = ResponseHead::from_response(&response);
        let body = match read_body(&mut response).await {
            Ok(Some(body)) => Ok(body),
            Ok(None) => Err(ClientError::TooLarge {
                target: request.target(),
                mebibytes: MAX_BODY_MEBIBYTES,
                values: MAX_BODY_VALUES,
            }),
            Err(error) => Err(client_error(error)),
        };
        Ok((head, body))
    }

    fn build_request(&self, request: &ApiRequest<'_>, auth: &RequestAuth<'_>) -> RequestBuilder {
        let mut url = self.server.clone();
        url.set_path(request.path);
        let method = match request.method {
            HttpMethod::Get => reqwest::Method::GET,
            HttpMethod::Post => reqwest::Method::POST,
            HttpMethod::Patch => reqwest::Method::PATCH,
            HttpMethod::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self
            .client
            .request(method, url)
            .header(ACCEPT, "application/json");
        if request.is_sign_in() {
            builder = builder.timeout(self.sign_in_timeout);
        }
        // Both methods mark the header as sensitive, which keeps it out of the logs of the library.
        builder = match auth {
            RequestAuth::Basic { id, secret } => {
                builder.basic_auth(id, Some(secret.expose_secret()))
            }
            RequestAuth::Bearer(token) => builder.bearer_auth(token.expose_secret()),
        };
        match &request.payload {
            RequestPayload::Empty => builder,
            RequestPayload::Query(pairs) => builder.query(pairs),
            RequestPayload::Json(body) | RequestPayload::Search(body) => builder.json(body),
            RequestPayload::Form(pairs) => builder.form(pairs),
        }
    }

    fn client_error(
        &self,
        error: &reqwest::Error,
        target: RequestTarget,
        secrets: &[&str],
    ) -> ClientError {
        let host = self.host.clone();
        // The order matters: a connection timeout is both a connect error and a timeout.
        let reason = if error.is_connect() && is_plain_http_server(error) {
            format!("{host} does not support HTTPS")
        } else if error.is_connect() && error.is_timeout() {
            "the connection timed out".to_owned()
        } else {
            redact::redact(&root_cause(error), secrets, 200)
        };
        if error.is_connect() || error.is_builder() {
            ClientError::Connect {
                host,
                target,
                reason,
            }
        } else if error.is_timeout() {
            ClientError::TimedOut { host, target }
        } else {
            ClientError::ConnectionLost {
                host,
                target,
                reason,
            }
        }
    }
}

fn client_builder(server: &Url, retry_policy: &RetryPolicy) -> ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(retry_policy.connect_timeout)
        .timeout(retry_policy.request_timeout)
        .gzip(true)
        // Waits for a rate limit last as long as gateways keep idle connections. If a gateway
        // closes a connection during a create, the outcome is unknown: a new connection is safer.
        .pool_idle_timeout(MAX_IDLE)
        // A redirect would send the token to another server.
        .redirect(Policy::none());
    // All requests go to this server, and a proxy cannot reach a server on the local machine.
    if is_loopback(server) {
        builder.no_proxy()
    } else {
        builder
    }
}

fn host_and_port(server: &Url) -> String {
    let host = server.host_str().unwrap_or_default();
    match server.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn bundled_roots() -> reqwest::Result<Vec<Certificate>> {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    roots.map(|root| Certificate::from_der(root)).collect()
}

/// Returns the body, or `None` if it exceeds a limit. The limits apply to decompressed chunks, so a
/// small response cannot unpack into a huge one.
async fn read_body(response: &mut Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    let mut most_values = 1;
    while let Some(chunk) = response.chunk().await? {
        // Every value but the first follows one of these characters.
        let separators = chunk.iter().filter(|byte| b",:[{".contains(byte));
        most_values += separators.count();
        let is_too_long = body.len() + chunk.len() > MAX_BODY_MEBIBYTES * 1024 * 1024;
        if is_too_long || most_values > MAX_BODY_VALUES {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

impl ResponseHead {
    fn from_response(response: &Response) -> ResponseHead {
        let headers = response.headers();
        let seconds = |name| header_number(headers, name).map(Duration::from_secs);
        let date = header_text(headers, DATE.as_str())
            .and_then(|date| rfc2822::parse(&date).ok())
            .map(|date| date.timestamp());
        // A date is relative to the clock of the server, if that is known.
        let parse_wait =
            |value: String| parse_retry_after(&value, date.unwrap_or_else(Timestamp::now));
        ResponseHead {
            status: response.status().as_u16(),
            rate_limits: RateHeaders {
                group: header_text(headers, "x-rate-limit-group"),
                limit: header_number(headers, "x-rate-limit-limit"),
                remaining: header_number(headers, "x-rate-limit-remaining"),
                window: seconds("x-rate-limit-window"),
            },
            retry_after: header_text(headers, RETRY_AFTER.as_str()).and_then(parse_wait),
            request_id: header_text(headers, "rcrequestid")
                .or_else(|| header_text(headers, "x-request-id")),
            date,
        }
    }
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn header_number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    header_text(headers, name)?.parse().ok()
}

/// Parses the wait that a `Retry-After` header asks for, a number of seconds or a date, relative to
/// `now`, the server time of the response. Returns `None` for an invalid value.
fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        // A number that does not fit is longer than any wait that a run accepts.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = rfc2822::parse(value).ok()?.timestamp();
    // A date in the past means no wait.
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// Returns whether the server answered the TLS handshake in plain text.
fn is_plain_http_server(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidMessage(_)) = error.downcast_ref() {
            return true;
        }
        // The error inside an `io::Error` is not among its sources.
        cause = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}

/// Returns the innermost cause, because the outer ones repeat each other and the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else {
        return "the request could not be created".to_owned();
    };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_accepts_only_seconds_or_a_date() {
        let now = "2026-11-21T06:00:00Z".parse().unwrap();
        let seconds = |value| parse_retry_after(value, now).map(|span| span.as_secs());
        for (value, expected) in [
            ("0", Some(0)),
            ("30", Some(30)),
            ("86400", Some(86_400)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sat, 21 Nov 2026 08:07:00 GMT", Some(2 * 3600 + 7 * 60)),
            ("Sat, 21 Nov 2026 05:59:00 GMT", Some(0)),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("2026-11-21T08:07:00Z", None),
        ] {
            assert_eq!(seconds(value), expected, "{value}");
        }
    }
}
