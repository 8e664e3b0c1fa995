//! The way of a call, one line for each thing that happens.

use serde_json::Value;

use crate::engine::flow_in_words;
use crate::model::Destination;
use crate::model::words::Words;
use crate::render::say::Say;
use crate::routing::Flow;

/// What happens to a call, in order: `rings desktop apps for 20 s`. `is_queue`: where nobody answers, the
/// queue takes the call back.
pub(super) fn lines(say: Say<'_>, words: Words<'_>, flow: &Flow, is_queue: bool) -> Vec<String> {
    let said = flow_in_words(words, flow);
    let part = |key: &str| said.get(key);
    let mut lines = Vec::new();
    for (key, does) in [
        ("greeting", "plays a greeting"),
        ("screening", "has callers say their name"),
        ("connectingMessage", "says a message"),
        ("connectingAudio", "meanwhile plays"),
    ] {
        lines.extend(part(key).map(|value| format!("{does}: {}", say.value(key, value))));
    }
    lines.extend(
        part("ringsAlways").map(|targets| format!("rings {} throughout", say.thing(targets))),
    );
    let rings = part("rings").and_then(Value::as_array);
    for (index, (ring, said)) in flow
        .rings
        .iter()
        .zip(rings.into_iter().flatten())
        .enumerate()
    {
        let how = match (index, ring.after) {
            (0, 0) => "rings".to_owned(),
            (_, 0) => "with them rings".to_owned(),
            (0, after) => format!("after {after} s rings"),
            _ => "then rings".to_owned(),
        };
        let who = said.get("targets").map(|targets| say.thing(targets));
        let long = ring.seconds.map(|seconds| format!(" for {seconds} s"));
        lines.push(format!(
            "{how} {}{}",
            who.unwrap_or_default(),
            long.unwrap_or_default()
        ));
    }
    let is_rung = !(flow.rings.is_empty() && flow.rings_always.is_empty());
    let end = part("endsAt").map(|end| say.thing(end));
    let no_answer = match flow.seconds() {
        0 => "no answer".to_owned(),
        seconds => format!("no answer after {seconds} s"),
    };
    match (&flow.end, end) {
        (Some(_), Some(end)) if is_rung => lines.push(format!("{no_answer}: {end}")),
        (Some(Destination::Extension(_) | Destination::PhoneNumber { .. }), Some(end)) => {
            lines.push(format!("forwarded at once to {end}"));
        }
        (Some(_), Some(end)) => lines.push(format!("at once to {end}")),
        _ if is_queue && is_rung => lines.push(format!("{no_answer}: back to the queue")),
        _ => {}
    }
    if let Some(Value::Array(actions)) = part("actions") {
        lines.extend(
            actions
                .iter()
                .map(|action| format!("and {}", say.thing(action))),
        );
    }
    lines
}
