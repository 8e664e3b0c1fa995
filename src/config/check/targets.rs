//! Who rings and where calls end: the parts of a dispatching, one by one.

use super::conditions::has_type;
use crate::config::Finding;
use crate::config::types::{
    Api, DestinationForm, DestinationSpec, DestinationWord, GreetingForm, RingGroup,
    RingTargetForm, RingTargetSpec, RingTargetWord, Shape, VoicemailForm, differ,
};
use crate::diagnostic::Code;
use crate::yaml::Path;

pub(super) fn greeting(form: &GreetingForm, at: &Path, found: &mut Vec<Finding>) {
    let said = [
        ("preset", form.preset.is_some()),
        ("custom", form.custom.is_some()),
    ];
    choose_one(&said, at, found);
}

pub(super) fn ring_target(spec: &RingTargetSpec, at: &Path, found: &mut Vec<Finding>) {
    let form = match spec {
        Shape::Word(_) => return,
        Shape::Api(raw) => return api_form(raw, at, found),
        Shape::Form(form) => form,
    };
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
    } = &**form;
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

pub(super) fn ring_always(
    targets: &[RingTargetSpec],
    ring: Option<&[RingGroup]>,
    dispatching: &Path,
    found: &mut Vec<Finding>,
) {
    let at = dispatching.key("ringAlways");
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
                    .help("remove it from `ring` or from `ringAlways`")
                    .against(dispatching.key("ring")),
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

pub(super) fn destination(spec: &DestinationSpec, at: &Path, found: &mut Vec<Finding>) {
    let form = match spec {
        Shape::Word(_) => return,
        Shape::Api(raw) => return api_form(raw, at, found),
        Shape::Form(form) => form,
    };
    let DestinationForm {
        voicemail,
        announcement,
        extension,
        phone_number,
        name,
        cloud_connector,
    } = &**form;
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

/// A greeting: its kind and its id or name, where one is said.
type Recording<'a> = Option<(&'a str, &'a str)>;

/// Whether two destinations are sure to describe voicemail differently. Where one says a name and the
/// other a number, only the account knows.
pub(super) fn two_voicemails(a: &DestinationSpec, b: &DestinationSpec) -> bool {
    let (Some((a_greeting, a_box)), Some((b_greeting, b_box))) = (voicemail(a), voicemail(b))
    else {
        return false;
    };
    let boxes = match (a_box, b_box) {
        (Some(a), Some(b)) => differ(a, b),
        (a, b) => a != b,
    };
    let greetings = match (a_greeting, b_greeting) {
        (Some((a_kind, a)), Some((b_kind, b))) => a_kind != b_kind || differ(a, b),
        _ => false,
    };
    boxes || greetings
}

/// What a destination says about voicemail: its greeting, and whose box it is. Nothing where it is
/// something else.
fn voicemail(spec: &DestinationSpec) -> Option<(Recording<'_>, Option<&str>)> {
    match spec {
        Shape::Word(DestinationWord::Voicemail) => Some((None, None)),
        Shape::Form(form) => {
            let form = form.voicemail.as_ref()?;
            let preset = form.preset.as_ref().map(|id| ("preset", id.0.as_str()));
            let custom = form.custom.as_ref().map(|id| ("custom", id.0.as_str()));
            Some((
                custom.or(preset),
                form.extension.as_ref().map(|person| person.0.as_str()),
            ))
        }
        _ => None,
    }
}

/// The parts that the API's own form of a known type cannot do without \[spec\].
const API_PARTS: &[(&str, &str, &str)] = &[
    ("CoworkerRingTarget", "extension", "id"),
    ("PhoneNumberRingTarget", "destination", "phoneNumber"),
    ("DeviceRingTarget", "device", "id"),
    ("ImsPhoneNumberRingTarget", "destination", "phoneNumber"),
    ("FmcPhoneNumberRingTarget", "destination", "phoneNumber"),
    ("IntegrationRingTarget", "integration", "type"),
    ("CloudConnectorRingTarget", "destination", "integrationId"),
    ("ExtensionTerminatingTarget", "extension", "id"),
    ("PhoneNumberTerminatingTarget", "destination", "phoneNumber"),
    (
        "CloudConnectorTerminatingTarget",
        "destination",
        "integrationId",
    ),
];

/// A target in the API's own form: of a known type it has at least what leads somewhere.
fn api_form(api: &Api, at: &Path, found: &mut Vec<Finding>) {
    has_type(api, at, found);
    let Api(map) = api;
    let kind = map
        .get("type")
        .and_then(|kind| kind.as_str())
        .unwrap_or_default();
    let Some((_, part, key)) = API_PARTS.iter().find(|(name, ..)| *name == kind) else {
        return;
    };
    if map.get(*part).and_then(|part| part.get(key)).is_none() {
        let message = format!("a `{kind}` needs `{part}: {{ {key}: … }}`");
        found.push(Finding::new(Code::MissingKey, at.clone(), message));
    }
}

pub(super) fn choose_one(said: &[(&str, bool)], at: &Path, found: &mut Vec<Finding>) {
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

pub(super) fn goes_with(
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
