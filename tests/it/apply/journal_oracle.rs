//! An observer that writes a journal during an apply, and then compares it with the account.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::io;

use callrules::api::{RawBody, decode};
use callrules::journal::{
    self, FORMAT_VERSION, JournalHeader, JournalWriter, PriorState, WriteOutcome, WriteRecord,
};
use callrules::reconcile::account::WriteMethod;
use callrules::reconcile::{self, ApplyObserver, PlannedChange, ResourceKind, UserPlan};
use callrules::sandbox::{RecordedExchange, SandboxServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::ACCOUNT;

pub(super) struct JournalOracle {
    folder: TempDir,
    writer: RefCell<JournalWriter>,
    /// The numbers of the writes without an outcome, by change.
    started: RefCell<HashMap<*const PlannedChange, usize>>,
}

impl JournalOracle {
    pub(super) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let header = JournalHeader {
            journal: FORMAT_VERSION.to_owned(),
            callrules: "0.1.0".to_owned(),
            account: ACCOUNT.to_owned(),
            server: "the sandbox".to_owned(),
            started_at: "2026-11-20T23:00:00Z".to_owned(),
        };
        let clock = || "2026-11-20T23:00:01Z".to_owned();
        let writer = JournalWriter::create(&folder.path().join("journal"), &header, clock).unwrap();
        JournalOracle {
            folder,
            writer: RefCell::new(writer),
            started: RefCell::default(),
        }
    }

    /// Asserts that the journal has exactly the writes that the account received, each with its
    /// outcome, and that the account has the rules and states of the responses.
    pub(super) fn assert_matches(&self, sandbox: &SandboxServer, sent_before: usize, seed: u64) {
        let text = std::fs::read_to_string(self.folder.path().join("journal")).unwrap();
        let writes = journal::parse_journal(&text).unwrap().writes;
        let exchanges = sandbox.exchanges().split_off(sent_before);
        let is_write =
            |e: &&RecordedExchange| e.path.starts_with("/restapi/v2/") && e.method != "GET";
        for exchange in exchanges.iter().filter(is_write) {
            let is_recorded = writes.iter().any(|write| belongs_to(exchange, write));
            assert!(
                is_recorded,
                "seed {seed}: not in the journal: {exchange:#?}"
            );
        }
        for write in &writes {
            let took_effect = |e: &&RecordedExchange| belongs_to(e, write) && has_taken_effect(e);
            let times = exchanges.iter().filter(took_effect).count();
            let PlannedChange { request, .. } = &write.started.change;
            let is_not_repeated = request.method == WriteMethod::Patch || times <= 1;
            let matches = match write.finished.as_ref().map(|settled| settled.outcome) {
                Some(WriteOutcome::Done) => times >= 1 && is_not_repeated,
                Some(WriteOutcome::Failed | WriteOutcome::NotSent) => times == 0,
                Some(WriteOutcome::Unknown) => is_not_repeated,
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
fn belongs_to(exchange: &RecordedExchange, write: &WriteRecord) -> bool {
    let request = &write.started.change.request;
    json!(request.method) == json!(exchange.method)
        && request.path == exchange.path
        && (request.method == WriteMethod::Delete || request.body == exchange.request)
}

/// Returns whether a request took effect, even if its response was lost. A gateway page does not
/// come from the account.
fn has_taken_effect(exchange: &RecordedExchange) -> bool {
    (200..300).contains(&exchange.status) && exchange.fault != Some("html")
}

/// Returns whether the account has the rule or state of the response. Each is written only once.
fn account_has(sandbox: &SandboxServer, write: &WriteRecord) -> bool {
    let Some(settled) = write
        .finished
        .as_ref()
        .filter(|s| s.outcome == WriteOutcome::Done)
    else {
        return true;
    };
    let change = &write.started.change;
    let owner = &write.started.user.id;
    let account = sandbox.snapshot();
    let mut extensions = account["extensions"].as_array().unwrap().iter();
    let user = extensions.find(|e| e["id"] == owner.0).unwrap();
    let mut rules = user["interactionRules"].as_array().unwrap().iter();
    let body = |value: &Value| -> RawBody { value.as_object().unwrap().clone() };
    let read_state =
        |value: &Value| decode::state(&RawBody::from_iter([("state".to_owned(), value.clone())]));
    let Some(after) = &settled.after else {
        let is_gone = rules.all(|rule| rule["id"].as_str() != change.rule_id.as_deref());
        return is_gone && change.request.method == WriteMethod::Delete;
    };
    match change.resource {
        ResourceKind::InteractionRule => {
            let read = |rule: &Value| decode::interaction_rule(&body(rule), owner);
            let live = rules.find(|rule| rule["id"] == after["id"]);
            live.is_some_and(|live| read(live) == read(after))
        }
        ResourceKind::StateRule => {
            let read = |rule: &Value| decode::state_dispatching(&body(rule), owner);
            read(&user["stateRules"][&change.name]) == read(after)
        }
        ResourceKind::State => read_state(&user["states"][&change.name]) == read_state(after),
    }
}

impl ApplyObserver for JournalOracle {
    fn before_write(
        &self,
        user: &UserPlan,
        change: &PlannedChange,
        before: Option<&Value>,
        after_hours: Option<&Value>,
    ) -> io::Result<()> {
        let record = PriorState {
            before: before.cloned(),
            after_hours: after_hours.cloned(),
        };
        let number = self
            .writer
            .borrow_mut()
            .record_start(user, change, record)?;
        self.started.borrow_mut().insert(change, number);
        Ok(())
    }

    fn after_write<E: Error + 'static>(
        &self,
        _: &UserPlan,
        change: &PlannedChange,
        _: Option<&Value>,
        after: Option<&Value>,
        outcome: &reconcile::ChangeOutcome<E>,
    ) -> io::Result<()> {
        let Some(number) = self
            .started
            .borrow_mut()
            .remove(&std::ptr::from_ref(change))
        else {
            return Ok(());
        };
        let outcome = match outcome {
            reconcile::ChangeOutcome::Applied { .. } => WriteOutcome::Done,
            reconcile::ChangeOutcome::Failed(failure) if failure.is_outcome_unknown() => {
                WriteOutcome::Unknown
            }
            reconcile::ChangeOutcome::Failed(_) => WriteOutcome::Failed,
            reconcile::ChangeOutcome::NotAttempted | reconcile::ChangeOutcome::Refused(_) => {
                WriteOutcome::NotSent
            }
        };
        let mut writer = self.writer.borrow_mut();
        writer.record_outcome(number, outcome, after.cloned())
    }
}
