//! One request, one answer: the only file that knows the HTTP library.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, RequestBuilder, Response};
use secrecy::ExposeSecret;
use url::Url;

use super::config::{Config, is_loopback};
use super::courier::{Call, Credential, Payload};
use super::endpoints::Verb;
use super::errors::Error;
use super::limits::RateHeaders;
use super::patience::Patience;
use super::retry_after;

/// No answer of this API comes near; a server gone mad must not fill the memory.
pub(super) const MEBIBYTES: usize = 64;

/// How long an unused connection is kept.
const LONGEST_IDLE: Duration = Duration::from_secs(15);

const USER_AGENT: &str = concat!("callrules/", env!("CARGO_PKG_VERSION"));

/// The connections to the server.
#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    server: Url,
    host: String,
    sign_in_timeout: Duration,
    sent: AtomicU64,
}

/// What came back.
pub(super) struct Exchange {
    /// None where nothing came back at all.
    pub(super) head: Option<Head>,
    pub(super) body: Result<Vec<u8>, Fault>,
}

/// What an answer says before its body.
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) rate: RateHeaders,
    pub(super) retry_after: Option<Duration>,
    pub(super) request_id: Option<String>,
    /// What the server's clock said.
    pub(super) date: Option<Timestamp>,
}

/// How an exchange can break.
pub(super) enum Fault {
    /// No connection: nothing was sent.
    Connect(String),
    /// The same: encryption met a server without it.
    PlainHttp,
    TimedOut,
    Broken(String),
    TooLarge,
}

impl Http {
    pub(super) fn new(config: &Config, patience: &Patience) -> Result<Http, Error> {
        // The library is built without a provider and panics where none is installed. An error
        // means that another thread was faster.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let builder = || builder(&config.server, patience);
        // Without a system-wide store of certificates the first one fails, even for plain http.
        let client = builder().build().or_else(|_| {
            tracing::debug!("no certificate store on this system: using the bundled roots");
            builder().tls_certs_only(bundled_roots()?).build()
        });
        Ok(Http {
            client: client.map_err(|error| Error::Setup(reason(&error)))?,
            server: config.server.clone(),
            host: host(&config.server),
            sign_in_timeout: patience.sign_in_timeout.min(patience.request_timeout),
            sent: AtomicU64::new(0),
        })
    }

    /// The server's name, and its port where that is not the usual one.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn requests_made(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends a call once.
    pub(super) async fn exchange(&self, call: &Call<'_>, credential: &Credential<'_>) -> Exchange {
        let request = self.request(call, credential);
        self.sent.fetch_add(1, Ordering::Relaxed);
        match request.send().await {
            Ok(response) => Exchange {
                head: Some(Head::of(&response)),
                body: read(response).await,
            },
            Err(error) => Exchange {
                head: None,
                body: Err(Fault::of(&error)),
            },
        }
    }

    fn request(&self, call: &Call<'_>, credential: &Credential<'_>) -> RequestBuilder {
        let mut url = self.server.clone();
        url.set_path(call.path);
        let method = match call.verb {
            Verb::Get => reqwest::Method::GET,
            Verb::Post => reqwest::Method::POST,
            Verb::Patch => reqwest::Method::PATCH,
            Verb::Delete => reqwest::Method::DELETE,
        };
        let request = self
            .client
            .request(method, url)
            .header(ACCEPT, "application/json");
        let request = if call.is_sign_in() {
            request.timeout(self.sign_in_timeout)
        } else {
            request
        };
        // Both mark their header as sensitive, which keeps it out of the library's own logs.
        let request = match credential {
            Credential::Basic { id, secret } => {
                request.basic_auth(id, Some(secret.expose_secret()))
            }
            Credential::Bearer(token) => request.bearer_auth(token.expose_secret()),
        };
        match &call.payload {
            Payload::Nothing => request,
            Payload::Query(pairs) => request.query(pairs),
            Payload::Json(body) | Payload::Search(body) => request.json(body),
            Payload::Form(pairs) => request.form(pairs),
        }
    }
}

fn builder(server: &Url, patience: &Patience) -> ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(patience.connect_timeout)
        .timeout(patience.request_timeout)
        .gzip(true)
        // Waits for a rate limit last as long as gateways keep idle connections. Where one closes
        // under a create, its outcome is unclear: better a new connection.
        .pool_idle_timeout(LONGEST_IDLE)
        // A redirect would carry the token to wherever it points.
        .redirect(Policy::none());
    // Every request goes to this one server, so one question decides: a proxy of the environment
    // cannot reach a server on this very machine.
    if is_loopback(server) {
        builder.no_proxy()
    } else {
        builder
    }
}

fn host(server: &Url) -> String {
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

async fn read(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    // In pieces and after decompression, so that no small answer unpacks into a huge one.
    while let Some(piece) = response.chunk().await.map_err(|error| Fault::of(&error))? {
        if body.len() + piece.len() > MEBIBYTES * 1024 * 1024 {
            return Err(Fault::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

impl Head {
    fn of(response: &Response) -> Head {
        let headers = response.headers();
        let seconds = |name| number(headers, name).map(Duration::from_secs);
        let date = text(headers, DATE.as_str())
            .and_then(|date| jiff::fmt::rfc2822::parse(&date).ok())
            .map(|date| date.timestamp());
        // By the clock that a date was written by, where that is known.
        let asked = |value: String| retry_after::read(&value, date.unwrap_or_else(Timestamp::now));
        Head {
            status: response.status().as_u16(),
            rate: RateHeaders {
                group: text(headers, "x-rate-limit-group"),
                limit: number(headers, "x-rate-limit-limit"),
                remaining: number(headers, "x-rate-limit-remaining"),
                window: seconds("x-rate-limit-window"),
            },
            retry_after: text(headers, RETRY_AFTER.as_str()).and_then(asked),
            request_id: text(headers, "rcrequestid").or_else(|| text(headers, "x-request-id")),
            date,
        }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    text(headers, name)?.parse().ok()
}

impl Fault {
    fn of(error: &reqwest::Error) -> Fault {
        // In this order: a connection that took too long is both.
        if error.is_connect() && speaks_plainly(error) {
            Fault::PlainHttp
        } else if error.is_connect() && error.is_timeout() {
            Fault::Connect("it took too long".to_owned())
        } else if error.is_connect() || error.is_builder() {
            Fault::Connect(reason(error))
        } else if error.is_timeout() {
            Fault::TimedOut
        } else {
            Fault::Broken(reason(error))
        }
    }
}

/// Whether the other side answered the beginning of an encrypted connection with plain text.
fn speaks_plainly(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidMessage(_)) = error.downcast_ref() {
            return true;
        }
        // What such an error wraps is not among its sources.
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

/// The innermost cause: the outer ones repeat each other and the URL.
fn reason(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else {
        return "the request could not be made".to_owned();
    };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
