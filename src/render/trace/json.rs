//! The trace of a call as JSON.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::destination::{self, destination};
use super::reasons::{candidate_name, is_handling, is_matched, step_reason};
use super::text::queue_skip_reason;
use super::{TraceNote, TraceView, assumption_notes};
use crate::model::{AccountExtension, DateRange, ExtensionDirectory, ExtensionId, UserRule};
use crate::reconcile::flow_to_yaml;
use crate::render::FORMAT_VERSION;
use crate::routing::{CallFlow, CallHandler, RuleCandidate};
use crate::simulate::{CallTrace, ForwardResult, ForwardedCall};

/// The rule or state that handles a call, the reasons, and where the call ends.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules simulate --format json")]
pub struct SimulateDocument<'a> {
    /// The version of this format. Reject versions that you don't know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// The call that was simulated.
    call: TraceCall<'a>,
    #[serde(flatten)]
    decision: TraceDecision<'a>,
    /// The file with the user's rules; `null` if the rules were read from the account.
    source: Option<&'a str>,
    /// The extensions that the call is forwarded to, in order, and what happens there.
    then: Vec<ForwardedEntry<'a>>,
    /// The assumptions that the decision depends on.
    notes: Vec<TraceNote>,
}

/// The call that was simulated.
#[derive(Debug, Serialize, JsonSchema)]
struct TraceCall<'a> {
    /// The called user: the extension number, or else the name or id.
    user: String,
    /// The caller's number; `null` if there is none.
    from: Option<&'a str>,
    /// The called number; `null` if there is none.
    to: Option<&'a str>,
    /// The time of the call, in the user's time zone.
    at: String,
    /// Whether the call comes through a call queue.
    queue: bool,
}

/// What handles a call, where the call ends, and why.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TraceDecision<'a> {
    /// The rule or state that handles the call.
    handled_by: TraceHandler<'a>,
    /// The priority of the rule that handles the call; `null` for a state.
    priority: Option<u8>,
    /// Where the call ends, immediately or if it isn't answered: the API's type and the keys that
    /// identify the target. `null` if the call has no destination, or if it isn't known.
    #[schemars(schema_with = "destination::destination_schema")]
    destination: Option<Value>,
    /// Groups that ring, with the keys of the YAML files: `targets`, `after` and `seconds`.
    #[schemars(with = "Vec<Value>")]
    rings: Value,
    /// Every rule and state that was considered, in order.
    trace: Vec<TraceEntry>,
    /// The rules that may handle the call, if the result is ambiguous or undecided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<TraceCandidate<'a>>,
}

/// The rule or state that handles a call.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TraceHandler<'a> {
    /// The kind of handler, or why there is none.
    kind: TraceHandlerKind,
    /// The name of the rule, or the id of the state; `null` if several may handle the call.
    name: Option<&'a str>,
    /// RingCentral's id of the rule, if it is known; for a state, the state's id.
    rule_id: Option<&'a str>,
    /// Why the queue tries the next agent, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// The kind of handler of a call.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum TraceHandlerKind {
    /// A custom rule handles the call.
    InteractionRule,
    /// A state, such as work hours, handles the call.
    StateRule,
    /// The queue tries the next agent.
    QueueSkips,
    /// Several rules of the same priority match.
    Ambiguous,
    /// A rule's conditions aren't set in the files, so it may match.
    Undecided,
}

/// A rule that may handle the call.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TraceCandidate<'a> {
    /// The name of the rule.
    name: &'a str,
    /// The id of the rule, if it is known.
    rule_id: Option<&'a str>,
    /// Where the call would end.
    #[schemars(schema_with = "destination::destination_schema")]
    destination: Option<Value>,
}

/// A rule or state that was considered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TraceEntry {
    /// The name of the rule, or the id of the state.
    candidate: String,
    /// Whether the rule or state matches the call.
    matched: bool,
    /// The reason, for people.
    reason: String,
}

/// What happens to the call at an extension that it is forwarded to.
#[derive(Debug, Serialize, JsonSchema)]
struct ForwardedEntry<'a> {
    /// The extension's number, or else its name or id.
    user: String,
    /// Whether the result there is known. If so, the keys of the decision follow.
    known: bool,
    /// Whether the call has already been at this extension.
    r#loop: bool,
    #[serde(flatten)]
    decision: Option<TraceDecision<'a>>,
    /// The assumptions that the decision there depends on, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<String>>,
}

/// Returns the JSON document of a trace.
pub fn document(view: TraceView<'_>) -> SimulateDocument<'_> {
    let trace = view.trace;
    let call = &trace.call;
    SimulateDocument {
        format_version: FORMAT_VERSION,
        call: TraceCall {
            user: user_label(view.directory, &trace.known.user),
            from: call.from.as_deref(),
            to: call.to.as_deref(),
            at: DateRange::to_api(call.at),
            queue: call.queue,
        },
        decision: decision_entry(view),
        source: trace.known.file.as_deref(),
        then: view
            .forwards
            .iter()
            .map(|hop| forwarded_entry(view, hop))
            .collect(),
        notes: assumption_notes(trace)
            .into_iter()
            .chain(view.extra_notes.iter().cloned())
            .collect(),
    }
}

fn decision_entry(view: TraceView<'_>) -> TraceDecision<'_> {
    let trace = view.trace;
    let undecided = trace.undecided_rules();
    let flows = trace.call_flows();
    let rings = match (&flows[..], undecided.is_empty()) {
        ([flow], true) => flow_to_yaml(view.yaml_writer(), flow).get("rings").cloned(),
        _ => None,
    };
    let candidates: &[&UserRule] = match &trace.handler {
        _ if !undecided.is_empty() => &undecided,
        CallHandler::Ambiguous(rules) => rules,
        _ => &[],
    };
    TraceDecision {
        handled_by: handler_entry(trace),
        priority: handler_priority(trace),
        destination: trace
            .call_end()
            .map(|end| destination(&end, view.directory)),
        rings: rings.unwrap_or_else(|| json!([])),
        trace: trace_entries(trace),
        candidates: candidates
            .iter()
            .map(|user_rule| candidate_entry(view.directory, user_rule))
            .collect(),
    }
}

fn handler_entry<'s>(trace: &'s CallTrace<'_>) -> TraceHandler<'s> {
    let (kind, name, rule_id) = match &trace.handler {
        _ if !trace.undecided_rules().is_empty() => (TraceHandlerKind::Undecided, None, None),
        CallHandler::Rule(user_rule) => {
            let name = user_rule.rule.name.as_str();
            (
                TraceHandlerKind::InteractionRule,
                Some(name),
                user_rule.id.as_deref(),
            )
        }
        CallHandler::State(state) => {
            let id = state.id.as_str();
            (TraceHandlerKind::StateRule, Some(id), Some(id))
        }
        CallHandler::NoState(id) => (TraceHandlerKind::StateRule, Some(*id), None),
        CallHandler::UnreadStates => (TraceHandlerKind::StateRule, None, None),
        CallHandler::QueueSkips(_) => (TraceHandlerKind::QueueSkips, Some("queue skips"), None),
        CallHandler::Ambiguous(_) => (TraceHandlerKind::Ambiguous, None, None),
    };
    let reason = match &trace.handler {
        CallHandler::QueueSkips(skip) => Some(queue_skip_reason(*skip)),
        _ => None,
    };
    TraceHandler {
        kind,
        name,
        rule_id,
        reason,
    }
}

/// Returns the priority of the rules that handle the call; `None` for a state.
fn handler_priority(trace: &CallTrace<'_>) -> Option<u8> {
    if !trace.undecided_rules().is_empty() {
        return None;
    }
    let mut steps = trace.steps.iter().filter(|step| is_handling(step));
    steps.find_map(|step| match step.candidate {
        RuleCandidate::Rule(_, priority) => Some(priority),
        RuleCandidate::State(_) => None,
    })
}

fn candidate_entry<'a>(
    directory: &ExtensionDirectory,
    user_rule: &'a UserRule,
) -> TraceCandidate<'a> {
    let flow = user_rule
        .rule
        .dispatching
        .as_ref()
        .map(CallFlow::from_dispatching);
    let end = flow.and_then(|flow| flow.end);
    TraceCandidate {
        name: &user_rule.rule.name,
        rule_id: user_rule.id.as_deref(),
        destination: end.map(|end| destination(&end, directory)),
    }
}

/// Returns an entry for each rule and state that was considered, in order.
pub(in crate::render) fn trace_entries(trace: &CallTrace<'_>) -> Vec<TraceEntry> {
    trace
        .steps
        .iter()
        .map(|step| TraceEntry {
            candidate: candidate_name(step).to_owned(),
            matched: is_matched(step),
            reason: step_reason(trace, step),
        })
        .collect()
}

fn forwarded_entry<'a>(view: TraceView<'a>, hop: &'a ForwardedCall<'a>) -> ForwardedEntry<'a> {
    let (known, decision, notes) = match &hop.next {
        ForwardResult::Loop => (true, None, None),
        ForwardResult::Unknown => (false, None, None),
        ForwardResult::Trace(trace) => {
            let messages = assumption_notes(trace).into_iter().map(|note| note.message);
            let decision = decision_entry(TraceView { trace, ..view });
            (true, Some(decision), Some(messages.collect()))
        }
    };
    ForwardedEntry {
        user: user_label(view.directory, &hop.to),
        known,
        r#loop: matches!(hop.next, ForwardResult::Loop),
        decision,
        notes,
    }
}

/// Returns the extension number, or else the name or id.
fn user_label(directory: &ExtensionDirectory, id: &ExtensionId) -> String {
    let extension = directory.by_id(id);
    let number = extension.and_then(|extension| extension.number.as_deref());
    number
        .or(extension.map(AccountExtension::label))
        .unwrap_or(&id.0)
        .to_owned()
}
