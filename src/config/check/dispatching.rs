//! What happens to a call: of interaction rules and of states.

use super::conditions::api_only;
use super::targets::{destination, greeting, ring_always, ring_target, two_voicemails};
use crate::config::Finding;
use crate::config::takes::Takes;
use crate::config::types::{ACTIONS_WITH_WORDS, DispatchType, Dispatching, PromptSpec, RingGroup};
use crate::diagnostic::Code;
use crate::yaml::Path;

/// Of an interaction rule, which takes everything that fits its type.
pub(super) fn interaction_rule(declared: &Dispatching, at: &Path, found: &mut Vec<Finding>) {
    parts(declared, at, found);
    at_once_needs_a_destination(declared, at, found);
}

/// Of a state, as far as the state takes it.
pub(super) fn state(declared: &Dispatching, takes: &Takes, at: &Path, found: &mut Vec<Finding>) {
    parts(declared, at, found);
    at_once_needs_a_destination(declared, at, found);
    let id = takes.id;
    if let Some(kind) = declared.kind
        && !takes.types.contains(&kind)
    {
        let allowed: Vec<String> = takes
            .types
            .iter()
            .map(|kind| format!("`{kind:?}`"))
            .collect();
        let message = format!("`{id}` takes no dispatching of type `{kind:?}`");
        let finding = Finding::new(Code::NotInState, at.key("type"), message);
        found.push(finding.help(format!("it takes {}", allowed.join(", "))));
    }
    let said = [
        ("greeting", declared.greeting.is_some()),
        ("connectingMessage", declared.connecting_message.is_some()),
        ("connectingAudio", declared.connecting_audio.is_some()),
        ("screening", declared.screening.is_some()),
        ("ring", declared.ring.is_some()),
        ("ringAlways", declared.ring_always.is_some()),
        ("noAnswer", declared.no_answer.is_some()),
        ("terminate", declared.terminate.is_some()),
    ];
    for (key, is_said) in said {
        if is_said && let Some(why) = takes.refuses(key) {
            let message = format!("`{id}` takes no `{key}`");
            let finding = Finding::new(Code::NotInState, at.key(key), message);
            found.push(finding.label(why).help("remove the key"));
        }
    }
}

fn at_once_needs_a_destination(declared: &Dispatching, at: &Path, found: &mut Vec<Finding>) {
    if declared.kind == Some(DispatchType::Terminate) && declared.terminate.is_none() {
        found.push(
            Finding::new(
                Code::NoDestination,
                at.key("terminate"),
                "type `Terminate` needs to say where calls go",
            )
            .help("add `terminate:`, such as `terminate: voicemail`")
            .against(at.key("type")),
        );
    }
}

/// What is wrong with the parts themselves, whosever they are.
fn parts(declared: &Dispatching, at: &Path, found: &mut Vec<Finding>) {
    prompts(declared, at, found);
    if let Some(groups) = &declared.ring {
        ring(groups, &at.key("ring"), found);
        of_type(declared, groups, at, found);
    }
    if let Some(targets) = &declared.ring_always {
        ring_always(targets, declared.ring.as_deref(), at, found);
    }
    for (key, spec) in [
        ("noAnswer", &declared.no_answer),
        ("terminate", &declared.terminate),
    ] {
        if let Some(spec) = spec {
            destination(spec, &at.key(key), found);
        }
    }
    if let (Some(a), Some(b)) = (&declared.no_answer, &declared.terminate)
        && two_voicemails(a, b)
    {
        found.push(one_voicemail(at));
    }
    if let Some(actions) = &declared.actions {
        api_only("actions", actions, ACTIONS_WITH_WORDS, at, found);
    }
}

/// Told also where only the account shows it.
pub(in crate::config) fn one_voicemail(at: &Path) -> Finding {
    let message = "`noAnswer` and `terminate` describe voicemail differently";
    Finding::new(Code::Contradiction, at.key("terminate"), message)
        .label("RingCentral keeps one voicemail for both")
        .against(at.key("noAnswer"))
}

fn prompts(declared: &Dispatching, at: &Path, found: &mut Vec<Finding>) {
    let said = [
        ("greeting", &declared.greeting),
        ("connectingMessage", &declared.connecting_message),
        ("connectingAudio", &declared.connecting_audio),
    ];
    for (key, spec) in said {
        let Some(PromptSpec::Form(form)) = spec else {
            continue;
        };
        greeting(form, &at.key(key), found);
        // [docs]
        if let Some(kind @ (DispatchType::Terminate | DispatchType::Custom)) = declared.kind {
            let message = format!("type `{kind:?}` plays no `{key}`");
            let finding = Finding::new(Code::NotWithType, at.key(key), message);
            let help = "only `RingAtOnce` and `RingInOrder` do; remove the key";
            found.push(finding.help(help).against(at.key("type")));
        }
    }
}

fn ring(groups: &[RingGroup], at: &Path, found: &mut Vec<Finding>) {
    if groups.is_empty() {
        found.push(
            Finding::new(Code::EmptyList, at.clone(), "`ring` lists nobody").help(
                "list who rings; to forward calls at once use type `Terminate` and `terminate:`",
            ),
        );
    }
    for (index, group) in groups.iter().enumerate() {
        let at = at.item(index);
        if group.seconds == 0 {
            let message = "a group rings for at least one second";
            let finding = Finding::new(Code::BadValue, at.key("seconds"), message);
            found.push(finding.help("to silence a group write `enabled: false`"));
        }
        let at = at.key("targets");
        if group.targets.is_empty() {
            let message = "a group needs someone who rings";
            found.push(Finding::new(Code::EmptyList, at.clone(), message));
        }
        for (index, target) in group.targets.iter().enumerate() {
            ring_target(target, &at.item(index), found);
        }
    }
}

/// What groups mean with the declared type.
fn of_type(declared: &Dispatching, groups: &[RingGroup], at: &Path, found: &mut Vec<Finding>) {
    let Some(kind) = declared.kind else { return };
    for (index, group) in groups.iter().enumerate() {
        if kind != DispatchType::Custom && group.start_offset.is_some_and(|offset| offset > 0) {
            let offset = at.key("ring").item(index).key("startOffset");
            let message = format!("type `{kind:?}` takes no `startOffset`");
            let finding = Finding::new(Code::NotWithType, offset, message);
            let help = "only `Custom` does; remove the key";
            found.push(finding.help(help).against(at.key("type")));
        }
    }
    let always = declared
        .ring_always
        .as_ref()
        .is_some_and(|apps| !apps.is_empty());
    let silent = groups.iter().all(|group| group.enabled == Some(false));
    if kind != DispatchType::Terminate && silent && !always && !groups.is_empty() {
        found.push(
            Finding::new(
                Code::NobodyRings,
                at.key("ring"),
                "nobody rings: every group is switched off",
            )
            .help(
                "callers go straight to `noAnswer`; if that is meant, say it with type `Terminate`",
            ),
        );
    }
}
