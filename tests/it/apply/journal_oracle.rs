//! A journal that is kept during an apply, and held against what the account has been through.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::io;

use callrules::engine::account::Method;
use callrules::engine::{self, Change, Resource, UserPlan, Watch};
use callrules::journal::{self, FORMAT_VERSION, Header, Outcome, Record, Write, Writer};
use callrules::sandbox::{Exchange, Sandbox};
use callrules::wire::{Body, convert};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::ACCOUNT;

pub(super) struct Ledger {
    folder: TempDir,
    writer: RefCell<Writer>,
    begun: RefCell<HashMap<*const Change, usize>>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let header = Header {
            journal: FORMAT_VERSION.to_owned(),
            callrules: "0.1.0".to_owned(),
            account: ACCOUNT.to_owned(),
            server: "the sandbox".to_owned(),
            started_at: "2026-11-20T23:00:00Z".to_owned(),
        };
        let clock = || "2026-11-20T23:00:01Z".to_owned();
        let writer = Writer::begin(&folder.path().join("journal"), &header, clock).unwrap();
        Ledger {
            folder,
            writer: RefCell::new(writer),
            begun: RefCell::default(),
        }
    }

    /// Every write that the account saw is here with what became of it, and nothing else is; and what was
    /// written last is what the account has.
    pub(super) fn agrees_with(&self, sandbox: &Sandbox, sent_before: usize, seed: u64) {
        let text = std::fs::read_to_string(self.folder.path().join("journal")).unwrap();
        let writes = journal::read(&text).unwrap().writes;
        let exchanges = sandbox.exchanges().split_off(sent_before);
        let is_write = |e: &&Exchange| e.path.starts_with("/restapi/v2/") && e.method != "GET";
        for exchange in exchanges.iter().filter(is_write) {
            let is_noted = writes.iter().any(|write| is_of(exchange, write));
            assert!(is_noted, "seed {seed}: not in the journal: {exchange:#?}");
        }
        for write in &writes {
            let times = exchanges
                .iter()
                .filter(|e| is_of(e, write) && is_carried_out(e));
            let times = times.count();
            let Change { request, .. } = &write.begun.change;
            let once = request.method == Method::Patch || times <= 1;
            let fits = match write.settled.as_ref().map(|settled| settled.outcome) {
                Some(Outcome::Done) => times >= 1 && once,
                Some(Outcome::Failed | Outcome::NotSent) => times == 0,
                Some(Outcome::Unclear) => once,
                None => false,
            };
            assert!(fits, "seed {seed}: carried out {times} times: {write:#?}");
            assert!(is_as_left(sandbox, write), "seed {seed}: {write:#?}");
        }
    }
}

/// Whether an exchange was made for a write.
fn is_of(exchange: &Exchange, write: &Write) -> bool {
    let request = &write.begun.change.request;
    json!(request.method) == json!(exchange.method)
        && request.path == exchange.path
        && (request.method == Method::Delete || request.body == exchange.request)
}

/// Whether the account did as it was asked, whatever became of the answer. A page of a gateway is no
/// answer of the account.
fn is_carried_out(exchange: &Exchange) -> bool {
    (200..300).contains(&exchange.status) && exchange.fault != Some("html")
}

/// Whether the account has what the answer to a write says; each rule and state is written once.
fn is_as_left(sandbox: &Sandbox, write: &Write) -> bool {
    let Some(settled) = write
        .settled
        .as_ref()
        .filter(|s| s.outcome == Outcome::Done)
    else {
        return true;
    };
    let change = &write.begun.change;
    let owner = &write.begun.user.id;
    let account = sandbox.snapshot();
    let mut extensions = account["extensions"].as_array().unwrap().iter();
    let user = extensions.find(|e| e["id"] == owner.0).unwrap();
    let mut rules = user["interactionRules"].as_array().unwrap().iter();
    let body = |value: &Value| -> Body { value.as_object().unwrap().clone() };
    let state =
        |value: &Value| convert::state(&Body::from_iter([("state".to_owned(), value.clone())]));
    let Some(after) = &settled.after else {
        let is_gone = rules.all(|rule| rule["id"].as_str() != change.rule_id.as_deref());
        return is_gone && change.request.method == Method::Delete;
    };
    match change.resource {
        Resource::InteractionRule => {
            let read = |rule: &Value| convert::interaction_rule(&body(rule), owner);
            let live = rules.find(|rule| rule["id"] == after["id"]);
            live.is_some_and(|live| read(live) == read(after))
        }
        Resource::StateRule => {
            let read = |rule: &Value| convert::state_dispatching(&body(rule), owner);
            read(&user["stateRules"][&change.name]) == read(after)
        }
        Resource::State => state(&user["states"][&change.name]) == state(after),
    }
}

impl Watch for Ledger {
    fn about_to(
        &self,
        user: &UserPlan,
        change: &Change,
        before: Option<&Value>,
        after_hours: Option<&Value>,
    ) -> io::Result<()> {
        let record = Record {
            before: before.cloned(),
            after_hours: after_hours.cloned(),
        };
        let number = self.writer.borrow_mut().about_to(user, change, record)?;
        self.begun.borrow_mut().insert(change, number);
        Ok(())
    }

    fn settled<E: Error + 'static>(
        &self,
        _: &UserPlan,
        change: &Change,
        _: Option<&Value>,
        after: Option<&Value>,
        outcome: &engine::Outcome<E>,
    ) -> io::Result<()> {
        let Some(number) = self.begun.borrow_mut().remove(&std::ptr::from_ref(change)) else {
            return Ok(());
        };
        let outcome = match outcome {
            engine::Outcome::Done { .. } => Outcome::Done,
            engine::Outcome::Failed(failure) if failure.is_unclear() => Outcome::Unclear,
            engine::Outcome::Failed(_) => Outcome::Failed,
            engine::Outcome::NotTried | engine::Outcome::Refused(_) => Outcome::NotSent,
        };
        let mut writer = self.writer.borrow_mut();
        writer.settled(number, outcome, after.cloned())
    }
}
