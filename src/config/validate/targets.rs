//! Validates ring targets and destinations, the parts of a dispatching.

use super::conditions::require_type;
use crate::config::ConfigFinding;
use crate::config::types::{
    DestinationForm, DestinationKeyword, DestinationSpec, GreetingForm, RawJson, RingGroupSpec,
    RingTargetForm, RingTargetKeyword, RingTargetSpec, Shorthand, VoicemailForm, differ,
};
use crate::diagnostic::DiagnosticCode;
use crate::yaml::YamlPath;

pub(super) fn validate_greeting(
    form: &GreetingForm,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let choices = [
        ("preset", form.preset.is_some()),
        ("custom", form.custom.is_some()),
    ];
    exactly_one_key(&choices, at, findings);
}

pub(super) fn validate_ring_target(
    spec: &RingTargetSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let form = match spec {
        Shorthand::Word(_) => return,
        Shorthand::Api(raw) => return validate_raw_form(raw, at, findings),
        Shorthand::Form(form) => form,
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
    let choices = [
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
    exactly_one_key(&choices, at, findings);
    requires_key(
        "name",
        name.is_some(),
        "phoneNumber",
        phone_number.is_some(),
        at,
        findings,
    );
    requires_key(
        "extension",
        extension.is_some(),
        "device",
        device.is_some(),
        at,
        findings,
    );
}

pub(super) fn validate_ring_always(
    targets: &[RingTargetSpec],
    ring: Option<&[RingGroupSpec]>,
    dispatching: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let at = dispatching.key("ringAlways");
    if targets.len() > 2 {
        let message = "`ringAlways` supports only `mobileApps` and `desktopApps`, each once";
        findings.push(ConfigFinding::new(
            DiagnosticCode::BadValue,
            at.clone(),
            message,
        ));
    }
    for (index, target) in targets.iter().enumerate() {
        let at = at.item(index);
        let Shorthand::Word(app @ (RingTargetKeyword::MobileApps | RingTargetKeyword::DesktopApps)) =
            target
        else {
            let message = "only `mobileApps` and `desktopApps` can be in `ringAlways`";
            findings.push(ConfigFinding::new(DiagnosticCode::BadValue, at, message));
            continue;
        };
        if targets[..index]
            .iter()
            .any(|other| is_same_app(other, *app))
        {
            let message = "this app is listed twice";
            findings.push(
                ConfigFinding::new(DiagnosticCode::BadValue, at.clone(), message)
                    .with_help("remove one of them"),
            );
        }
        let mut ringing = ring.into_iter().flatten().flat_map(|group| &group.targets);
        if ringing.any(|other| is_same_app(other, *app)) {
            findings.push(
                ConfigFinding::new(
                    DiagnosticCode::Contradiction,
                    at,
                    "this app is also in a ring group",
                )
                .with_label("RingCentral accepts it in only one of the two")
                .with_help("remove it from `ring` or from `ringAlways`")
                .with_related(dispatching.key("ring")),
            );
        }
    }
}

fn is_same_app(target: &RingTargetSpec, app: RingTargetKeyword) -> bool {
    matches!(
        (target, app),
        (
            Shorthand::Word(RingTargetKeyword::MobileApps),
            RingTargetKeyword::MobileApps
        ) | (
            Shorthand::Word(RingTargetKeyword::DesktopApps),
            RingTargetKeyword::DesktopApps
        )
    )
}

pub(super) fn validate_destination(
    spec: &DestinationSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let form = match spec {
        Shorthand::Word(_) => return,
        Shorthand::Api(raw) => return validate_raw_form(raw, at, findings),
        Shorthand::Form(form) => form,
    };
    let DestinationForm {
        voicemail,
        announcement,
        extension,
        phone_number,
        name,
        cloud_connector,
    } = &**form;
    let choices = [
        ("voicemail", voicemail.is_some()),
        ("announcement", announcement.is_some()),
        ("extension", extension.is_some()),
        ("phoneNumber", phone_number.is_some()),
        ("cloudConnector", cloud_connector.is_some()),
    ];
    exactly_one_key(&choices, at, findings);
    requires_key(
        "name",
        name.is_some(),
        "phoneNumber",
        phone_number.is_some(),
        at,
        findings,
    );
    if let Some(form) = announcement {
        validate_greeting(form, &at.key("announcement"), findings);
    }
    if let Some(VoicemailForm {
        preset,
        custom,
        extension,
    }) = voicemail
    {
        let at = at.key("voicemail");
        if preset.is_some() && custom.is_some() {
            let message = "a greeting cannot have both `preset` and `custom`";
            findings.push(ConfigFinding::new(
                DiagnosticCode::MutuallyExclusiveKeys,
                at.key("custom"),
                message,
            ));
        }
        if preset.is_none() && custom.is_none() && extension.is_none() {
            let message = "this voicemail has no settings";
            let finding = ConfigFinding::new(DiagnosticCode::EmptyList, at, message);
            findings.push(finding.with_help("write just `voicemail` for the user's own voicemail"));
        }
    }
}

/// The kind of a greeting, with its id or name. `None` if none is declared.
type RecordingIdentity<'a> = Option<(&'a str, &'a str)>;

/// Returns whether two destinations certainly set different voicemails. If one contains a name and
/// the other a number, only the account can answer that, so the result is `false`.
pub(super) fn voicemails_conflict(a: &DestinationSpec, b: &DestinationSpec) -> bool {
    let (Some((a_greeting, a_mailbox)), Some((b_greeting, b_mailbox))) =
        (voicemail_recording(a), voicemail_recording(b))
    else {
        return false;
    };
    let mailboxes_differ = match (a_mailbox, b_mailbox) {
        (Some(a), Some(b)) => differ(a, b),
        (a, b) => a != b,
    };
    let greetings_differ = match (a_greeting, b_greeting) {
        (Some((a_kind, a)), Some((b_kind, b))) => a_kind != b_kind || differ(a, b),
        _ => false,
    };
    mailboxes_differ || greetings_differ
}

/// Returns the voicemail greeting of a destination and the extension whose mailbox it is. Returns
/// `None` if the destination is not voicemail.
fn voicemail_recording(spec: &DestinationSpec) -> Option<(RecordingIdentity<'_>, Option<&str>)> {
    match spec {
        Shorthand::Word(DestinationKeyword::Voicemail) => Some((None, None)),
        Shorthand::Form(form) => {
            let form = form.voicemail.as_ref()?;
            let preset = form.preset.as_ref().map(|id| ("preset", id.0.as_str()));
            let custom = form.custom.as_ref().map(|id| ("custom", id.0.as_str()));
            Some((
                custom.or(preset),
                form.extension.as_ref().map(|user| user.0.as_str()),
            ))
        }
        _ => None,
    }
}

/// The parts that the API requires of each known target type \[spec\].
const REQUIRED_RAW_PARTS: &[(&str, &str, &str)] = &[
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

/// Validates a target in the API's own form. Known types must have their required parts.
fn validate_raw_form(api: &RawJson, at: &YamlPath, findings: &mut Vec<ConfigFinding>) {
    require_type(api, at, findings);
    let RawJson(map) = api;
    let kind = map
        .get("type")
        .and_then(|kind| kind.as_str())
        .unwrap_or_default();
    let Some((_, part, key)) = REQUIRED_RAW_PARTS.iter().find(|(name, ..)| *name == kind) else {
        return;
    };
    if map.get(*part).and_then(|part| part.get(key)).is_none() {
        let message = format!("`{kind}` requires `{part}: {{ {key}: … }}`");
        findings.push(ConfigFinding::new(
            DiagnosticCode::MissingKey,
            at.clone(),
            message,
        ));
    }
}

pub(super) fn exactly_one_key(
    choices: &[(&str, bool)],
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let chosen: Vec<&str> = choices
        .iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(key, _)| *key)
        .collect();
    let keys = || {
        let keys: Vec<String> = choices.iter().map(|(key, _)| format!("`{key}`")).collect();
        keys.join(", ")
    };
    match chosen[..] {
        [_] => {}
        [] => findings.push(
            ConfigFinding::new(
                DiagnosticCode::MutuallyExclusiveKeys,
                at.clone(),
                "one key is required here",
            )
            .with_help(format!("use one of {}", keys())),
        ),
        [first, second, ..] => findings.push(
            ConfigFinding::new(
                DiagnosticCode::MutuallyExclusiveKeys,
                at.key(second),
                format!("`{first}` and `{second}` cannot be combined"),
            )
            .with_help("keep one of them, or make each an item of its own"),
        ),
    }
}

pub(super) fn requires_key(
    key: &str,
    is_set: bool,
    required: &str,
    is_required_set: bool,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    if is_set && !is_required_set {
        let message = format!("`{key}` requires `{required}`");
        findings.push(
            ConfigFinding::new(DiagnosticCode::MutuallyExclusiveKeys, at.key(key), message)
                .with_help(format!("add `{required}`, or remove the key")),
        );
    }
}
