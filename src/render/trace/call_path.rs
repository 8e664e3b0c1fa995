//! The path of a call: one line for each step.

use serde_json::Value;

use crate::model::CallDestination;
use crate::model::to_yaml::YamlWriter;
use crate::reconcile::flow_to_yaml;
use crate::render::humanize::YamlHumanizer;
use crate::routing::CallFlow;

/// Returns what happens to a call, in order: `rings desktop apps for 20 s`. With `is_queue`, an
/// unanswered call returns to the queue.
pub(super) fn call_path_lines(
    humanizer: YamlHumanizer<'_>,
    yaml_writer: YamlWriter<'_>,
    flow: &CallFlow,
    is_queue: bool,
) -> Vec<String> {
    let yaml = flow_to_yaml(yaml_writer, flow);
    let part = |key: &str| yaml.get(key);
    let mut lines = Vec::new();
    for (key, verb) in [
        ("greeting", "plays a greeting"),
        ("screening", "asks for a name"),
        ("connectingMessage", "plays a message"),
        ("connectingAudio", "plays while connecting"),
    ] {
        lines.extend(
            part(key).map(|value| format!("{verb}: {}", humanizer.describe_value(key, value))),
        );
    }
    lines.extend(
        part("ringsAlways")
            .map(|targets| format!("rings {} throughout", humanizer.describe(targets))),
    );
    let rings = part("rings").and_then(Value::as_array);
    for (index, (ring, ring_yaml)) in flow
        .rings
        .iter()
        .zip(rings.into_iter().flatten())
        .enumerate()
    {
        let how = match (index, ring.after) {
            (0, 0) => "rings".to_owned(),
            (_, 0) => "at the same time rings".to_owned(),
            (0, after) => format!("after {after} s rings"),
            _ => "then rings".to_owned(),
        };
        let targets = ring_yaml
            .get("targets")
            .map(|targets| humanizer.describe(targets));
        let duration = ring.seconds.map(|seconds| format!(" for {seconds} s"));
        lines.push(format!(
            "{how} {}{}",
            targets.unwrap_or_default(),
            duration.unwrap_or_default()
        ));
    }
    let rings_anything = !(flow.rings.is_empty() && flow.rings_always.is_empty());
    let end = part("endsAt").map(|end| humanizer.describe(end));
    let no_answer = match flow.seconds() {
        0 => "no answer".to_owned(),
        seconds => format!("no answer after {seconds} s"),
    };
    match (&flow.end, end) {
        (Some(_), Some(end)) if rings_anything => lines.push(format!("{no_answer}: {end}")),
        (Some(CallDestination::Announcement { .. }), Some(end)) => {
            lines.push(format!("plays {end} and hangs up"));
        }
        (Some(_), Some(end)) => lines.push(format!("goes straight to {end}")),
        _ if is_queue && rings_anything => lines.push(format!("{no_answer}: back to the queue")),
        _ => {}
    }
    if let Some(Value::Array(actions)) = part("actions") {
        lines.extend(
            actions
                .iter()
                .map(|action| format!("and {}", humanizer.describe(action))),
        );
    }
    lines
}
