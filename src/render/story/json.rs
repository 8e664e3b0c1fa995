//! The story of a call for scripts.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::because::{because, is_matched, is_taking, name};
use super::destination::{self, destination};
use super::text::skips;
use super::{Note, Told, notes};
use crate::engine::flow_in_words;
use crate::model::{DateRange, Directory, Extension, ExtensionId, HeldRule};
use crate::render::plan_json::FORMAT_VERSION;
use crate::routing::{Considered, Flow, Handler};
use crate::simulate::{Hop, Next, Story};

/// Which rule takes a call, why, and where the call ends.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules simulate --format json")]
pub struct Document<'a> {
    /// The version of this form. Another one is no form that you know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// The call.
    call: Call<'a>,
    #[serde(flatten)]
    decision: Decision<'a>,
    /// The file that decided; `null` for the account.
    source: Option<&'a str>,
    /// Where the destination is an extension: what happens there, one after the other.
    then: Vec<Onwards<'a>>,
    /// What the decision rests on and is not known.
    notes: Vec<Note>,
}

/// A call.
#[derive(Debug, Serialize, JsonSchema)]
struct Call<'a> {
    /// Who is called: the number, where there is one.
    user: String,
    /// Who calls; `null` where there is no number.
    from: Option<&'a str>,
    /// The number dialled; `null` where there is none.
    to: Option<&'a str>,
    /// When, local to the user.
    at: String,
    /// Whether it comes through a call queue.
    queue: bool,
}

/// What takes the call, where it ends, and why.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Decision<'a> {
    /// What takes the call.
    handled_by: Taker<'a>,
    /// The priority of the rule that takes the call; `null` for a state.
    priority: Option<u8>,
    /// Where the call ends, at once or when nobody answers: the API's type, and what tells it from others
    /// of that type; `null` where it ends nowhere, or that is not known.
    #[schemars(schema_with = "destination::schema")]
    destination: Option<Value>,
    /// Groups that ring, in the words of the files: `targets`, `after` so many `seconds`.
    #[schemars(with = "Vec<Value>")]
    rings: Value,
    /// Everything that was considered, in order.
    trace: Vec<Step>,
    /// Where that is ambiguous or undecided: the rules that may take the call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Candidate<'a>>,
}

/// What takes a call.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Taker<'a> {
    /// What kind of thing it is.
    kind: Kind,
    /// The rule, or the id of the state; `null` where several may take the call.
    name: Option<&'a str>,
    /// The service's id of the rule, where it is known; of a state its id.
    rule_id: Option<&'a str>,
    /// Why the queue goes on to its next member, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// What kind of thing takes a call.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Kind {
    /// A custom rule.
    InteractionRule,
    /// What happens in a state.
    StateRule,
    /// The queue goes on to its next member.
    QueueSkips,
    /// Rules of one priority match.
    Ambiguous,
    /// The files do not say which calls a rule takes.
    Undecided,
}

/// A rule that may take the call.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    /// Its name.
    name: &'a str,
    /// Its id, where it is known.
    rule_id: Option<&'a str>,
    /// Where the call would end.
    #[schemars(schema_with = "destination::schema")]
    destination: Option<Value>,
}

/// A rule or state that was considered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Step {
    /// Its name.
    considered: String,
    /// Whether it matches the call.
    matched: bool,
    /// Why, for people.
    because: String,
}

/// What happens to the call at the next extension.
#[derive(Debug, Serialize, JsonSchema)]
struct Onwards<'a> {
    /// Who that is.
    user: String,
    /// Whether it is known what happens there; then the keys of the decision follow.
    known: bool,
    /// Whether the call has been there before.
    r#loop: bool,
    #[serde(flatten)]
    decision: Option<Decision<'a>>,
    /// What that rests on and is not known, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<String>>,
}

/// The decision as one document.
pub fn document(told: Told<'_>) -> Document<'_> {
    let story = told.story;
    let call = &story.call;
    let remarks = told.remarks.iter().cloned();
    Document {
        format_version: FORMAT_VERSION,
        call: Call {
            user: user(told.directory, &story.known.user),
            from: call.from.as_deref(),
            to: call.to.as_deref(),
            at: DateRange::to_api(call.at),
            queue: call.queue,
        },
        decision: decision(told),
        source: story.known.file.as_deref(),
        then: told.hops.iter().map(|hop| onwards(told, hop)).collect(),
        notes: notes(story).into_iter().chain(remarks).collect(),
    }
}

fn decision(told: Told<'_>) -> Decision<'_> {
    let story = told.story;
    let undecided = story.undecided();
    let flows = story.flows();
    let rings = match (&flows[..], undecided.is_empty()) {
        ([flow], true) => flow_in_words(told.words(), flow).get("rings").cloned(),
        _ => None,
    };
    let candidates: &[&HeldRule] = match &story.handler {
        _ if !undecided.is_empty() => &undecided,
        Handler::Ambiguous(either) => either,
        _ => &[],
    };
    let candidates = candidates.iter();
    Decision {
        handled_by: taker(story),
        priority: priority(story),
        destination: story.end().map(|end| destination(&end, told.directory)),
        rings: rings.unwrap_or_else(|| json!([])),
        trace: trace(story),
        candidates: candidates
            .map(|held| candidate(told.directory, held))
            .collect(),
    }
}

fn taker<'s>(story: &'s Story<'_>) -> Taker<'s> {
    let (kind, name, rule_id) = match &story.handler {
        _ if !story.undecided().is_empty() => (Kind::Undecided, None, None),
        Handler::Rule(held) => {
            let name = held.rule.name.as_str();
            (Kind::InteractionRule, Some(name), held.id.as_deref())
        }
        Handler::State(state) => {
            let id = state.id.as_str();
            (Kind::StateRule, Some(id), Some(id))
        }
        Handler::NoState(id) => (Kind::StateRule, Some(*id), None),
        Handler::UnreadStates => (Kind::StateRule, None, None),
        Handler::QueueSkips(_) => (Kind::QueueSkips, Some("queue skips"), None),
        Handler::Ambiguous(_) => (Kind::Ambiguous, None, None),
    };
    let reason = match &story.handler {
        Handler::QueueSkips(why) => Some(skips(*why)),
        _ => None,
    };
    Taker {
        kind,
        name,
        rule_id,
        reason,
    }
}

/// The priority of the rule or rules that take the call.
fn priority(story: &Story<'_>) -> Option<u8> {
    if !story.undecided().is_empty() {
        return None;
    }
    let mut steps = story.steps.iter().filter(|step| is_taking(step));
    steps.find_map(|step| match step.considered {
        Considered::Rule(_, priority) => Some(priority),
        Considered::State(_) => None,
    })
}

fn candidate<'a>(directory: &Directory, held: &'a HeldRule) -> Candidate<'a> {
    let flow = held.rule.dispatching.as_ref().map(Flow::of);
    let end = flow.and_then(|flow| flow.end);
    Candidate {
        name: &held.rule.name,
        rule_id: held.id.as_deref(),
        destination: end.map(|end| destination(&end, directory)),
    }
}

/// Everything that was considered, in order.
pub(in crate::render) fn trace(story: &Story<'_>) -> Vec<Step> {
    let steps = story.steps.iter().map(|step| Step {
        considered: name(step).to_owned(),
        matched: is_matched(step),
        because: because(story, step),
    });
    steps.collect()
}

fn onwards<'a>(told: Told<'a>, hop: &'a Hop<'a>) -> Onwards<'a> {
    let (known, decision, notes) = match &hop.next {
        Next::Loop => (true, None, None),
        Next::Unknown => (false, None, None),
        Next::Story(story) => {
            let messages = notes(story).into_iter().map(|note| note.message);
            let decision = decision(Told { story, ..told });
            (true, Some(decision), Some(messages.collect()))
        }
    };
    Onwards {
        user: user(told.directory, &hop.to),
        known,
        r#loop: matches!(hop.next, Next::Loop),
        decision,
        notes,
    }
}

/// Whoever this is, as scripts name them: by number where there is one.
fn user(directory: &Directory, id: &ExtensionId) -> String {
    let known = directory.by_id(id);
    let number = known.and_then(|extension| extension.number.as_deref());
    number
        .or(known.map(Extension::label))
        .unwrap_or(&id.0)
        .to_owned()
}
