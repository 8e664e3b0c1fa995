//! What happens to a call: of interaction rules and of states.

use super::conditions::{api_only, has_type};
use crate::config::Finding;
use crate::config::takes::Takes;
use crate::config::types::{
    ACTIONS_WITH_WORDS, DestinationForm, DestinationSpec, DestinationWord, DispatchType,
    Dispatching, GreetingForm, PromptSpec, RingGroup, RingTargetForm, RingTargetSpec,
    RingTargetWord, Shape, VoicemailForm,
};
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
            .help("add `terminate:`, such as `terminate: voicemail`"),
        );
    }
}

/// What is wrong with the parts themselves, whosever they are.
fn parts(declared: &Dispatching, at: &Path, found: &mut Vec<Finding>) {
    prompts(declared, at, found);
    if let Some(groups) = &declared.ring {
        ring(groups, &at.key("ring"), found);
    }
    if let Some(targets) = &declared.ring_always {
        ring_always(
            targets,
            declared.ring.as_deref(),
            &at.key("ringAlways"),
            found,
        );
    }
    for (key, spec) in [
        ("noAnswer", &declared.no_answer),
        ("terminate", &declared.terminate),
    ] {
        match spec {
            Some(Shape::Form(form)) => destination(form, &at.key(key), found),
            Some(Shape::Api(raw)) => has_type(raw, &at.key(key), found),
            Some(Shape::Word(_)) | None => {}
        }
    }
    if let (Some(a), Some(b)) = (&declared.no_answer, &declared.terminate)
        && let (Some(Some(a)), Some(Some(b))) = (own_voicemail(a), own_voicemail(b))
        && a != b
    {
        found.push(
            Finding::new(
                Code::Contradiction,
                at.key("terminate"),
                "`noAnswer` and `terminate` describe voicemail differently",
            )
            .label("RingCentral keeps one voicemail for both"),
        );
    }
    if let Some(actions) = &declared.actions {
        api_only("actions", actions, ACTIONS_WITH_WORDS, at, found);
    }
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
            found.push(finding.help("only `RingAtOnce` and `RingInOrder` do; remove the key"));
        }
    }
}

fn greeting(form: &GreetingForm, at: &Path, found: &mut Vec<Finding>) {
    let said = [
        ("preset", form.preset.is_some()),
        ("custom", form.custom.is_some()),
    ];
    choose_one(&said, at, found);
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
            match target {
                Shape::Word(_) => {}
                Shape::Form(form) => ring_target(form, &at.item(index), found),
                Shape::Api(raw) => has_type(raw, &at.item(index), found),
            }
        }
    }
}

fn ring_target(form: &RingTargetForm, at: &Path, found: &mut Vec<Finding>) {
    let RingTargetForm {
        coworker,
        phone_number,
        name,
        device,
        extension,
        mobile_apps_of,
        desktop_apps_of,
        ims_phone_number,
        fmc_phone_number,
        integration,
        cloud_connector,
    } = form;
    let said = [
        ("coworker", coworker.is_some()),
        ("phoneNumber", phone_number.is_some()),
        ("device", device.is_some()),
        ("mobileAppsOf", mobile_apps_of.is_some()),
        ("desktopAppsOf", desktop_apps_of.is_some()),
        ("imsPhoneNumber", ims_phone_number.is_some()),
        ("fmcPhoneNumber", fmc_phone_number.is_some()),
        ("integration", integration.is_some()),
        ("cloudConnector", cloud_connector.is_some()),
    ];
    choose_one(&said, at, found);
    goes_with(
        "name",
        name.is_some(),
        "phoneNumber",
        phone_number.is_some(),
        at,
        found,
    );
    goes_with(
        "extension",
        extension.is_some(),
        "device",
        device.is_some(),
        at,
        found,
    );
}

fn ring_always(
    targets: &[RingTargetSpec],
    ring: Option<&[RingGroup]>,
    at: &Path,
    found: &mut Vec<Finding>,
) {
    if targets.len() > 2 {
        let message = "`ringAlways` takes `mobileApps` and `desktopApps`, each once";
        found.push(Finding::new(Code::BadValue, at.clone(), message));
    }
    for (index, target) in targets.iter().enumerate() {
        let at = at.item(index);
        let Shape::Word(app @ (RingTargetWord::MobileApps | RingTargetWord::DesktopApps)) = target
        else {
            let message = "only `mobileApps` and `desktopApps` can ring all the time";
            found.push(Finding::new(Code::BadValue, at, message));
            continue;
        };
        if targets[..index].iter().any(|other| same_app(other, *app)) {
            let message = "this app is listed twice";
            found.push(
                Finding::new(Code::BadValue, at.clone(), message).help("remove one of the two"),
            );
        }
        let mut ringing = ring.into_iter().flatten().flat_map(|group| &group.targets);
        if ringing.any(|other| same_app(other, *app)) {
            found.push(
                Finding::new(Code::Contradiction, at, "this app rings in a group too")
                    .label("RingCentral takes it in one of the two")
                    .help("remove it from `ring` or from `ringAlways`"),
            );
        }
    }
}

fn same_app(target: &RingTargetSpec, app: RingTargetWord) -> bool {
    matches!(
        (target, app),
        (
            Shape::Word(RingTargetWord::MobileApps),
            RingTargetWord::MobileApps
        ) | (
            Shape::Word(RingTargetWord::DesktopApps),
            RingTargetWord::DesktopApps
        )
    )
}

fn destination(form: &DestinationForm, at: &Path, found: &mut Vec<Finding>) {
    let DestinationForm {
        voicemail,
        announcement,
        extension,
        phone_number,
        name,
        cloud_connector,
    } = form;
    let said = [
        ("voicemail", voicemail.is_some()),
        ("announcement", announcement.is_some()),
        ("extension", extension.is_some()),
        ("phoneNumber", phone_number.is_some()),
        ("cloudConnector", cloud_connector.is_some()),
    ];
    choose_one(&said, at, found);
    goes_with(
        "name",
        name.is_some(),
        "phoneNumber",
        phone_number.is_some(),
        at,
        found,
    );
    if let Some(form) = announcement {
        greeting(form, &at.key("announcement"), found);
    }
    if let Some(VoicemailForm {
        preset,
        custom,
        extension,
    }) = voicemail
    {
        let at = at.key("voicemail");
        if preset.is_some() && custom.is_some() {
            let message = "a greeting is either `preset` or `custom`";
            found.push(Finding::new(Code::ChooseOne, at.key("custom"), message));
        }
        if preset.is_none() && custom.is_none() && extension.is_none() {
            let message = "this says nothing about voicemail";
            let finding = Finding::new(Code::EmptyList, at, message);
            found.push(finding.help("write `voicemail` alone for the user's own"));
        }
    }
}

/// What a destination says about voicemail: nothing where it is something else, `Some(None)` where
/// it leaves everything open.
fn own_voicemail(spec: &DestinationSpec) -> Option<Option<[Option<&str>; 3]>> {
    match spec {
        Shape::Word(DestinationWord::Voicemail) => Some(None),
        Shape::Form(DestinationForm {
            voicemail: Some(form),
            ..
        }) => Some(Some([
            form.preset.as_ref().map(|id| id.0.as_str()),
            form.custom.as_ref().map(|id| id.0.as_str()),
            form.extension.as_ref().map(|person| person.0.as_str()),
        ])),
        _ => None,
    }
}

fn choose_one(said: &[(&str, bool)], at: &Path, found: &mut Vec<Finding>) {
    let chosen: Vec<&str> = said
        .iter()
        .filter(|(_, is_said)| *is_said)
        .map(|(key, _)| *key)
        .collect();
    let keys = || {
        let keys: Vec<String> = said.iter().map(|(key, _)| format!("`{key}`")).collect();
        keys.join(", ")
    };
    match chosen[..] {
        [_] => {}
        [] => found.push(
            Finding::new(Code::ChooseOne, at.clone(), "this names nothing")
                .help(format!("say one of {}", keys())),
        ),
        [first, second, ..] => found.push(
            Finding::new(
                Code::ChooseOne,
                at.key(second),
                format!("`{first}` and `{second}` cannot stand together"),
            )
            .help("keep one of the two; each thing is an item of its own"),
        ),
    }
}

fn goes_with(
    key: &str,
    is_said: bool,
    with: &str,
    with_is_said: bool,
    at: &Path,
    found: &mut Vec<Finding>,
) {
    if is_said && !with_is_said {
        let message = format!("`{key}` goes with `{with}`");
        found.push(Finding::new(Code::ChooseOne, at.key(key), message).help("remove the key"));
    }
}
