//! Injected faults: what goes wrong, for which requests, and when.
//!
//! `grammar` parses fault specifications, and `trigger` decides which of the matching requests are
//! affected. `inject` applies faults before a request is handled, `delivery` when its response is
//! sent. `forms` are unusual forms of responses. `concurrent_edit` imitates a user who edits rules
//! in the RingCentral app at the same time.

mod concurrent_edit;
pub(crate) mod delivery;
mod forms;
mod grammar;
pub(crate) mod inject;
mod trigger;

use std::time::{Duration, Instant};

pub use grammar::FaultParseError;

use self::forms::ResponseForm;
use self::trigger::{FaultCounter, FaultTrigger};
use super::account::SandboxAccount;
use super::error::SandboxError;
use super::tokens::TOKEN_PATH;

/// A fault as in `callrules sandbox --fault`: a kind, followed by `key=value` words that select the
/// affected requests.
///
/// ```
/// use callrules::sandbox::RequestFault;
///
/// let fault: RequestFault = "503 path=interaction-rules method=PATCH nth=2".parse()?;
/// # Ok::<(), callrules::sandbox::FaultParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RequestFault {
    /// Name of the kind in the fault syntax.
    name: &'static str,
    effect: FaultEffect,
    method: Option<String>,
    /// Substring of the affected paths, including their query.
    path: Option<String>,
    trigger: FaultTrigger,
}

/// The effect of a fault.
#[derive(Clone, Debug, PartialEq)]
enum FaultEffect {
    /// Responds with 429 for the request's group and starts a penalty. It lasts this long, or as
    /// long as a window.
    Throttle(Option<Duration>),
    /// Responds with 429 for a limit on the account or the IP address. It names no group and
    /// affects all groups.
    ThrottleAccount(Option<Duration>),
    /// Responds with this error status, with the JSON body of the API.
    Status(u16),
    /// Responds with this status and an HTML page, as a gateway does.
    Html(u16),
    /// Expires the access token of the request.
    ExpireToken,
    /// Closes the connection without executing the request.
    DropBefore,
    /// Closes the connection without a response, and executes the request after this delay.
    DropLate(Duration),
    /// Executes the request and closes the connection without a response.
    DropAfter,
    /// Executes the request and sends the response after this delay.
    Delay(Duration),
    /// Executes the request and sends only half of the response body.
    Truncate,
    /// Executes the request and sends a body that is not JSON.
    NotJson,
    /// Refuses a write with this status because the user is being edited, for this long after the
    /// first such request or without an end.
    Lock {
        status: u16,
        duration: Option<Duration>,
    },
    /// Responds to a write as if it were executed, without executing it.
    IgnoreWrite,
    /// Responds to DELETE with 200 and an error, without executing it.
    RefuseDelete,
    /// Trims the names in a write, and cuts them to this many characters.
    TrimNames(Option<usize>),
    /// Responds as an account that has not been moved to new call handling.
    Legacy,
    /// Shortens lists to this many records or to half, with the totals of the complete list.
    ShortList(Option<usize>),
    /// Responds in another form.
    Form(ResponseForm),
    /// Executes the request, then edits a rule as a user of the RingCentral app would.
    ConcurrentEdit(concurrent_edit::ConcurrentEdit),
}

/// The fault that affected a request, as an extension of its response.
#[derive(Clone, Debug)]
pub(crate) struct InjectedFault {
    /// Kind of the fault, as in the fault syntax.
    pub(crate) kind: &'static str,
    effect: FaultEffect,
}

impl InjectedFault {
    /// Returns whether the request was dropped before it was executed, so that there is no
    /// response.
    pub(crate) fn has_no_response(&self) -> bool {
        matches!(
            self.effect,
            FaultEffect::DropBefore | FaultEffect::DropLate(_)
        )
    }

    /// Returns whether the response is not one of the API: it has no rate limit headers and need
    /// not be JSON.
    pub(crate) fn is_not_from_api(&self) -> bool {
        let is_replaced = matches!(
            self.effect,
            FaultEffect::ThrottleAccount(_) | FaultEffect::Html(_)
        );
        is_replaced || self.has_no_response()
    }
}

impl RequestFault {
    /// Returns whether the fault may affect a request with this method and path.
    fn applies_to(&self, method: &str, path: &str) -> bool {
        let method_matches = self.method.as_deref().is_none_or(|m| m == method);
        let is_sign_in = path == TOKEN_PATH;
        let path_matches = match &self.path {
            Some(part) => path.contains(part),
            // A fault on POST means creates, so sign-ins require an explicit path.
            None => !is_sign_in,
        };
        let effect_is_possible = match &self.effect {
            FaultEffect::ExpireToken => !is_sign_in,
            FaultEffect::ConcurrentEdit(edit) => edit.can_apply_to(path),
            FaultEffect::Lock { .. } | FaultEffect::IgnoreWrite | FaultEffect::TrimNames(_) => {
                is_write(method, path)
            }
            FaultEffect::RefuseDelete => method == "DELETE" && is_write(method, path),
            FaultEffect::Legacy => !is_sign_in,
            _ => true,
        };
        method_matches && path_matches && effect_is_possible
    }

    fn form(&self) -> Option<ResponseForm> {
        match self.effect {
            FaultEffect::Form(form) => Some(form),
            _ => None,
        }
    }
}

/// Returns whether a request changes states or rules.
fn is_write(method: &str, path: &str) -> bool {
    matches!(method, "POST" | "PATCH" | "DELETE") && path.contains("/comm-handling/")
}

/// The faults of a sandbox, with a counter for each.
#[derive(Debug)]
pub(crate) struct FaultInjector {
    seed: u64,
    faults: Vec<(RequestFault, FaultCounter)>,
}

impl FaultInjector {
    /// Creates the injector, or returns an error if a fault names a user who does not exist.
    pub(crate) fn new(
        faults: Vec<RequestFault>,
        seed: u64,
        account: &SandboxAccount,
    ) -> Result<FaultInjector, SandboxError> {
        for fault in &faults {
            if let FaultEffect::ConcurrentEdit(edit) = &fault.effect {
                edit.check_user(account)?;
            }
        }
        let counted = |fault| (fault, FaultCounter::default());
        let faults = faults.into_iter().map(counted).collect();
        Ok(FaultInjector { seed, faults })
    }

    /// Returns the fault that affects this request, apart from forms of responses.
    ///
    /// The first matching fault wins. The faults after it do not count the request, so several
    /// faults form a sequence.
    fn select_fault(&mut self, method: &str, path: &str) -> Option<RequestFault> {
        self.faults
            .iter_mut()
            .enumerate()
            .filter(|(_, (fault, _))| fault.form().is_none())
            .find_map(|(index, (fault, counter))| {
                let is_affected = fault.applies_to(method, path)
                    && counter.record_request(fault.trigger, (self.seed, index), (method, path))
                    && !has_ended(&fault.effect, counter.first_affected(Instant::now()));
                is_affected.then(|| fault.clone())
            })
    }

    /// Returns the forms of the response to this request. Unlike other faults, all of them apply.
    fn select_forms(&mut self, method: &str, path: &str) -> Vec<(&'static str, ResponseForm)> {
        self.faults
            .iter_mut()
            .enumerate()
            .filter_map(|(index, (fault, counter))| {
                let form = fault.form().filter(|_| fault.applies_to(method, path))?;
                counter
                    .record_request(fault.trigger, (self.seed, index), (method, path))
                    .then_some((fault.name, form))
            })
            .collect()
    }
}

/// Returns whether a fault that affected its first request at this time has ended.
fn has_ended(effect: &FaultEffect, first_affected: Instant) -> bool {
    match effect {
        FaultEffect::Lock {
            duration: Some(duration),
            ..
        } => first_affected.elapsed() >= *duration,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "/restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules";

    fn faults(seed: u64, specs: &[&str]) -> FaultInjector {
        let faults = specs.iter().map(|spec| spec.parse().unwrap()).collect();
        FaultInjector::new(faults, seed, &SandboxAccount::default()).unwrap()
    }

    fn injected(faults: &mut FaultInjector, requests: &[(&str, &str)]) -> Vec<&'static str> {
        let select = |(method, path): &(&str, &str)| {
            let fault = faults.select_fault(method, path);
            fault.map_or("", |fault| fault.name)
        };
        requests.iter().map(select).collect()
    }

    #[test]
    fn several_faults_form_a_sequence() {
        let mut faults = faults(0, &["503 first=2", "cut first=1", "slow nth=2"]);
        assert_eq!(
            injected(&mut faults, &[("GET", RULES); 6]),
            ["503", "503", "cut", "", "slow", ""]
        );
    }

    #[test]
    fn only_matching_requests_are_counted() {
        let mut faults = faults(0, &["503 method=PATCH path=/extensions/7/ nth=2"]);
        let requests = [
            ("GET", RULES),
            ("PATCH", RULES),
            ("PATCH", "/restapi/v2/accounts/~/extensions/8/comm-handling"),
            ("PATCH", RULES),
            ("PATCH", RULES),
        ];
        assert_eq!(injected(&mut faults, &requests), ["", "", "", "503", ""]);
    }

    #[test]
    fn sign_in_is_affected_only_by_faults_with_its_path() {
        let sign_in = [("POST", TOKEN_PATH)];
        assert_eq!(injected(&mut faults(0, &["503", "cut"]), &sign_in), [""]);
        let specs = [
            "expired path=oauth",
            "app-delete path=oauth",
            "503 path=oauth",
        ];
        // A sign-in has no token that could expire, and concerns no user with rules.
        assert_eq!(injected(&mut faults(0, &specs), &sign_in), ["503"]);
    }
}
