//! Faults on demand: what is to go wrong, for which requests, and when.
//!
//! `grammar` reads what a person typed, `when` decides which of the matching requests are struck, `layer`
//! carries it out on the way in, `delivery` on the way out, and `app` is somebody who edits in the app
//! meanwhile.

mod app;
pub(crate) mod delivery;
mod grammar;
pub(crate) mod layer;
mod when;

use std::time::Duration;

pub use grammar::FaultError;

use self::when::{Count, When};
use super::account::Account;
use super::error::Error;
use super::server::TOKEN_PATH;

/// A fault, as `callrules sandbox --fault` takes it: a kind, then words that say which requests it strikes.
///
/// ```
/// use callrules::sandbox::Fault;
///
/// let fault: Fault = "503 path=interaction-rules method=PATCH nth=2".parse()?;
/// # Ok::<(), callrules::sandbox::FaultError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The word for the kind.
    name: &'static str,
    kind: Kind,
    method: Option<String>,
    /// A part of the path, its query included.
    path: Option<String>,
    when: When,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// 429 for the request's group, and a penalty: as long as this, or as a window.
    Throttle(Option<Duration>),
    /// 429 by another limit, of the account or of the address: it names no group, and stops them all.
    ThrottleAccount(Option<Duration>),
    /// The API is in trouble and says so.
    Trouble(u16),
    /// Something before the API answers with a web page of this status.
    Page(u16),
    /// The token has expired.
    Expired,
    /// Nothing is carried out, and nothing answered.
    DropBefore,
    /// Nothing is answered, and the request is carried out this much later, when its sender has long gone on.
    DropLate(Duration),
    /// The request is carried out; its answer comes to harm.
    Spoiled(Harm),
    /// The request is carried out; then somebody edits in the app.
    App(app::Edit),
}

/// What happens to an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Harm {
    /// It takes its time.
    Late(Duration),
    /// It ends half way.
    Cut,
    /// It is no JSON.
    NotJson,
    /// It never comes.
    Lost,
}

impl Fault {
    fn concerns(&self, method: &str, path: &str) -> bool {
        let method_fits = self.method.as_ref().is_none_or(|wanted| wanted == method);
        let is_sign_in = path == TOKEN_PATH;
        let path_fits = match &self.path {
            Some(part) => path.contains(part),
            // Whoever says POST means creates.
            None => !is_sign_in,
        };
        let makes_sense = match &self.kind {
            Kind::Expired => !is_sign_in,
            Kind::App(edit) => edit.has_user(path),
            _ => true,
        };
        method_fits && path_fits && makes_sense
    }
}

/// The faults of a sandbox, each with what it has seen so far.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    faults: Vec<(Fault, Count)>,
}

impl Faults {
    /// Takes faults that can happen on this account.
    pub(crate) fn new(faults: Vec<Fault>, seed: u64, account: &Account) -> Result<Faults, Error> {
        for fault in &faults {
            if let Kind::App(edit) = &fault.kind {
                edit.check(account)?;
            }
        }
        let faults = faults.into_iter();
        Ok(Faults {
            seed,
            faults: faults.map(|fault| (fault, Count::default())).collect(),
        })
    }

    /// The fault that strikes this request. They are asked in their order, and one that strikes keeps the
    /// request from those behind it, which do not even count it. So several make a sequence.
    fn strike(&mut self, method: &str, path: &str) -> Option<Fault> {
        for (place, (fault, count)) in self.faults.iter_mut().enumerate() {
            if fault.concerns(method, path)
                && count.strikes(fault.when, (self.seed, place), (method, path))
            {
                return Some(fault.clone());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "/restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules";

    fn faults(seed: u64, specs: &[&str]) -> Faults {
        let faults = specs.iter().map(|spec| spec.parse().unwrap()).collect();
        Faults::new(faults, seed, &Account::default()).unwrap()
    }

    fn struck(faults: &mut Faults, requests: &[(&str, &str)]) -> Vec<&'static str> {
        let strike = |(method, path): &(&str, &str)| faults.strike(method, path);
        let names = requests.iter().map(strike);
        names
            .map(|fault| fault.map_or("", |fault| fault.name))
            .collect()
    }

    #[test]
    fn several_make_a_sequence() {
        let mut faults = faults(0, &["503 first=2", "cut first=1", "slow nth=2"]);
        assert_eq!(
            struck(&mut faults, &[("GET", RULES); 6]),
            ["503", "503", "cut", "", "slow", ""]
        );
    }

    #[test]
    fn only_requests_that_match_are_counted() {
        let mut faults = faults(0, &["503 method=PATCH path=/extensions/7/ nth=2"]);
        let requests = [
            ("GET", RULES),
            ("PATCH", RULES),
            ("PATCH", "/restapi/v2/accounts/~/extensions/8/comm-handling"),
            ("PATCH", RULES),
            ("PATCH", RULES),
        ];
        assert_eq!(struck(&mut faults, &requests), ["", "", "", "503", ""]);
    }

    #[test]
    fn a_sign_in_is_struck_only_where_its_path_is_named() {
        let sign_in = [("POST", TOKEN_PATH)];
        assert_eq!(struck(&mut faults(0, &["503", "cut"]), &sign_in), [""]);
        let named = [
            "expired path=oauth",
            "app-delete path=oauth",
            "503 path=oauth",
        ];
        // It has no token that could expire, and no user whose rules could change.
        assert_eq!(struck(&mut faults(0, &named), &sign_in), ["503"]);
    }
}
