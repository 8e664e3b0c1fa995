//! The story of a call for scripts.

use serde_json::{Map, Value, json};

use super::because::{because, is_matched, is_taking, name};
use super::text::skips;
use super::{Note, Told, notes};
use crate::engine::flow_in_words;
use crate::model::{
    CloudConnector, DateRange, Destination, Directory, Extension, ExtensionId, Greeting, HeldRule,
};
use crate::routing::{Considered, Flow, Handler};
use crate::simulate::{Hop, Next, Story};

/// Changes when a script that reads the document must change.
const FORMAT_VERSION: &str = "1.0";

/// The decision as one document.
pub fn json(told: Told<'_>) -> Value {
    let story = told.story;
    let call = &story.call;
    let mut document = json!({
        "formatVersion": FORMAT_VERSION,
        "call": {
            "user": user(told.directory, &story.known.user),
            "from": call.from,
            "to": call.to,
            "at": DateRange::to_api(call.at),
            "queue": call.queue,
        },
    });
    let mut all = decision(told);
    all.insert("source".to_owned(), json!(story.known.file));
    let then: Vec<Value> = told.hops.iter().map(|hop| onwards(told, hop)).collect();
    all.insert("then".to_owned(), then.into());
    let notes = notes(story);
    let notes = notes.iter().chain(told.remarks);
    let notes = notes.map(|Note { code, message }| json!({ "code": code, "message": message }));
    all.insert("notes".to_owned(), notes.collect());
    if let Some(document) = document.as_object_mut() {
        document.append(&mut all);
    }
    document
}

/// What takes the call, where it ends, and why.
fn decision(told: Told<'_>) -> Map<String, Value> {
    let story = told.story;
    let (kind, name, id) = taker(story);
    let undecided = story.undecided();
    let mut handled_by = Map::new();
    handled_by.insert("kind".to_owned(), json!(kind));
    handled_by.insert("name".to_owned(), json!(name));
    handled_by.insert("ruleId".to_owned(), json!(id));
    if let Handler::QueueSkips(why) = story.handler {
        handled_by.insert("reason".to_owned(), json!(skips(why)));
    }
    let mut all = Map::new();
    let mut say = |key: &str, value: Value| {
        all.insert(key.to_owned(), value);
    };
    say("handledBy", handled_by.into());
    say("priority", json!(priority(story)));
    let end = story.end();
    say(
        "destination",
        json!(end.map(|end| destination(&end, told.directory))),
    );
    let flows = story.flows();
    let rings = match (&flows[..], undecided.is_empty()) {
        ([flow], true) => flow_in_words(told.words(), flow).get("rings").cloned(),
        _ => None,
    };
    say("rings", rings.unwrap_or_else(|| json!([])));
    say("trace", trace(story));
    let candidates: &[&HeldRule] = match &story.handler {
        _ if !undecided.is_empty() => &undecided,
        Handler::Ambiguous(either) => either,
        _ => &[],
    };
    if !candidates.is_empty() {
        let candidates = candidates
            .iter()
            .map(|held| candidate(told.directory, held));
        say("candidates", candidates.collect());
    }
    all
}

fn taker<'s>(story: &'s Story<'_>) -> (&'static str, Option<&'s str>, Option<&'s str>) {
    if !story.undecided().is_empty() {
        return ("undecided", None, None);
    }
    match &story.handler {
        Handler::Rule(held) => ("interactionRule", Some(&held.rule.name), held.id.as_deref()),
        Handler::State(state) => (
            "stateRule",
            Some(state.id.as_str()),
            Some(state.id.as_str()),
        ),
        Handler::NoState(id) => ("stateRule", Some(id), None),
        Handler::UnreadStates => ("stateRule", None, None),
        Handler::QueueSkips(_) => ("queueSkips", Some("queue skips"), None),
        Handler::Ambiguous(_) => ("ambiguous", None, None),
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

fn candidate(directory: &Directory, held: &HeldRule) -> Value {
    let flow = held.rule.dispatching.as_ref().map(Flow::of);
    let end = flow.and_then(|flow| flow.end);
    json!({
        "name": held.rule.name,
        "ruleId": held.id,
        "destination": end.map(|end| destination(&end, directory)),
    })
}

/// Everything that was considered, in order.
pub(in crate::render) fn trace(story: &Story<'_>) -> Value {
    let steps = story.steps.iter().map(|step| {
        json!({
            "considered": name(step),
            "matched": is_matched(step),
            "because": because(story, step),
        })
    });
    steps.collect()
}

fn onwards(told: Told<'_>, hop: &Hop<'_>) -> Value {
    let mut all = Map::new();
    all.insert("user".to_owned(), user(told.directory, &hop.to));
    match &hop.next {
        Next::Loop => {
            all.insert("known".to_owned(), json!(true));
            all.insert("loop".to_owned(), json!(true));
        }
        Next::Unknown => {
            all.insert("known".to_owned(), json!(false));
            all.insert("loop".to_owned(), json!(false));
        }
        Next::Story(story) => {
            all.insert("known".to_owned(), json!(true));
            all.insert("loop".to_owned(), json!(false));
            let messages = notes(story).into_iter().map(|note| note.message);
            let messages: Vec<String> = messages.collect();
            all.append(&mut decision(Told { story, ..told }));
            all.insert("notes".to_owned(), json!(messages));
        }
    }
    Value::Object(all)
}

/// Whoever this is, as scripts name them: by number where there is one.
fn user(directory: &Directory, id: &ExtensionId) -> Value {
    let known = directory.by_id(id);
    let number = known.and_then(|extension| extension.number.as_deref());
    json!(number.or(known.map(Extension::label)).unwrap_or(&id.0))
}

/// Where a call ends: the API's type, and what tells it from others of that type.
fn destination(end: &Destination, directory: &Directory) -> Value {
    let mut said = Map::new();
    let mut say = |key: &str, value: Option<Value>| {
        said.extend(value.map(|value| (key.to_owned(), value)));
    };
    let number = |id: &ExtensionId| {
        let number = directory.by_id(id).and_then(|person| person.number.clone());
        number.map(Value::from)
    };
    // Where no account is asked, ids are what files call people.
    let id = |id: &ExtensionId| id.is_given().then(|| json!(id.0));
    let called = |person: &ExtensionId| {
        let known = directory.by_id(person);
        let is_nameless = number(person).is_none() && !person.is_given();
        known
            .filter(|_| is_nameless)
            .map(|known| json!(known.label()))
    };
    let kind = match end {
        Destination::Other(raw) => return raw.clone(),
        Destination::Voicemail { .. } => "VoiceMailTerminatingTarget",
        Destination::Announcement { .. } => "PlayAnnouncementTerminatingTarget",
        Destination::Extension(_) => "ExtensionTerminatingTarget",
        Destination::PhoneNumber { .. } => "PhoneNumberTerminatingTarget",
        Destination::CloudConnector(_) => "CloudConnectorTerminatingTarget",
    };
    say("type", Some(json!(kind)));
    match end {
        Destination::Voicemail { of, greeting } => {
            if let Some(of) = of {
                say("extensionNumber", number(of));
                say("id", id(of));
                say("name", called(of));
            }
            say("greeting", greeting.as_ref().map(recording));
        }
        Destination::Announcement { greeting } => {
            say("greeting", greeting.as_ref().map(recording));
        }
        Destination::Extension(person) => {
            say("extensionNumber", number(person));
            say("id", id(person));
            say("name", called(person));
        }
        Destination::PhoneNumber { number, .. } => say("phoneNumber", Some(json!(number))),
        Destination::CloudConnector(CloudConnector {
            integration_id,
            extension_number,
            phone_number,
            name: _,
        }) => {
            say("integrationId", Some(json!(integration_id)));
            say(
                "extensionNumber",
                extension_number.as_ref().map(|n| json!(n)),
            );
            say("phoneNumber", phone_number.as_ref().map(|n| json!(n)));
        }
        Destination::Other(_) => {}
    }
    Value::Object(said)
}

fn recording(greeting: &Greeting) -> Value {
    match greeting {
        Greeting::Preset(id) => json!({ "preset": id }),
        Greeting::Custom(id) => json!({ "custom": id }),
    }
}
