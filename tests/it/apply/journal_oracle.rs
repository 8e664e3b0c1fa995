//! An observer that writes a journal during an apply, and then compares it with the account.

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

pub(super) struct JournalOracle {
    folder: TempDir,
    writer: RefCell<Writer>,
    /// The numbers of the writes without an outcome, by change.
    started: RefCell<HashMap<*const Change, usize>>,
}

impl JournalOracle {
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
        JournalOracle {
            folder,
            writer: RefCell::new(writer),
            started: RefCell::default(),
        }
    }

    /// Asserts that the journal has exactly the writes that the account received, each with its
    /// outcome, and that the account has the rules and states of the responses.
    pub(super) fn assert_matches(&self, sandbox: &Sandbox, sent_before: usize, seed: u64) {
        let text = std::fs::read_to_string(self.folder.path().join("journal")).unwrap();
        let writes = journal::read(&text).unwrap().writes;
        let exchanges = sandbox.exchanges().split_off(sent_before);
        let is_write = |e: &&Exchange| e.path.starts_with("/restapi/v2/") && e.method != "GET";
        for exchange in exchanges.iter().filter(is_write) {
            let is_recorded = writes.iter().any(|write| belongs_to(exchange, write));
            assert!(
                is_recorded,
                "seed {seed}: not in the journal: {exchange:#?}"
            );
        }
        for write in &writes {
            let took_effect = |e: &&Exchange| belongs_to(e, write) && has_taken_effect(e);
            let times = exchanges.iter().filter(took_effect).count();
            let Change { request, .. } = &write.begun.change;
            let is_not_repeated = request.method == Method::Patch || times <= 1;
            let matches = match write.settled.as_ref().map(|settled| settled.outcome) {
                Some(Outcome::Done) => times >= 1 && is_not_repeated,
                Some(Outcome::Failed | Outcome::NotSent) => times == 0,
                Some(Outcome::Unclear) => is_not_repeated,
                None => false,
            };
            assert!(
                matches,
                "seed {seed}: took effect {times} times: {write:#?}"
            );
            assert!(account_has(sandbox, write), "seed {seed}: {write:#?}");
        }
    }
}

/// Returns whether a request was sent for this write.
fn belongs_to(exchange: &Exchange, write: &Write) -> bool {
    let request = &write.begun.change.request;
    json!(request.method) == json!(exchange.method)
        && request.path == exchange.path
        && (request.method == Method::Delete || request.body == exchange.request)
}

/// Returns whether a request took effect, even if its response was lost. A gateway page does not
/// come from the account.
fn has_taken_effect(exchange: &Exchange) -> bool {
    (200..300).contains(&exchange.status) && exchange.fault != Some("html")
}

/// Returns whether the account has the rule or state of the response. Each is written only once.
fn account_has(sandbox: &Sandbox, write: &Write) -> bool {
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
    let read_state =
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
        Resource::State => read_state(&user["states"][&change.name]) == read_state(after),
    }
}

impl Watch for JournalOracle {
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
        self.started.borrow_mut().insert(change, number);
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
        let Some(number) = self
            .started
            .borrow_mut()
            .remove(&std::ptr::from_ref(change))
        else {
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
