//! Validates ring targets and destinations, the parts of a dispatching.

use super::helpers::Place;
use super::numbers::validate_number;
use crate::config::types::{
    DestinationForm, DestinationKeyword, DestinationSpec, GreetingForm, RawJson, RingGroupSpec,
    RingTargetForm, RingTargetKeyword, RingTargetSpec, Shorthand, VoicemailForm, differ,
};
use crate::diagnostic::DiagnosticCode;

pub(super) fn validate_greeting(form: &GreetingForm, at: &mut Place<'_>) {
    at.require_one_key(&[
        ("preset", form.preset.is_some()),
        ("custom", form.custom.is_some()),
    ]);
}

pub(super) fn validate_ring_target(spec: &RingTargetSpec, at: &mut Place<'_>) {
    let form = match spec {
        Shorthand::Keyword(_) => return,
        Shorthand::Raw(raw) => return validate_raw_form(raw, at),
        Shorthand::Map(form) => form,
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
    let number = ("phoneNumber", phone_number.is_some());
    let device = ("device", device.is_some());
    at.require_one_key(&[
        ("coworker", coworker.is_some()),
        number,
        device,
        ("mobileAppsOf", mobile_apps_of.is_some()),
        ("desktopAppsOf", desktop_apps_of.is_some()),
        ("imsPhoneNumber", ims_phone_number.is_some()),
        ("fmcPhoneNumber", fmc_phone_number.is_some()),
        ("integration", integration.is_some()),
        ("cloudConnector", cloud_connector.is_some()),
    ]);
    if let Some(number) = phone_number {
        validate_number(&number.0, &mut at.key("phoneNumber"));
    }
    at.require_with(("name", name.is_some()), number);
    at.require_with(("extension", extension.is_some()), device);
}

/// Validates `ringAlways` of the dispatching at `dispatching`.
pub(super) fn validate_ring_always(
    targets: &[RingTargetSpec],
    ring: Option<&[RingGroupSpec]>,
    dispatching: &mut Place<'_>,
) {
    let ring_path = dispatching.path().key("ring");
    let mut at = dispatching.key("ringAlways");
    if targets.len() > 2 {
        let message = "`ringAlways` supports only `mobileApps` and `desktopApps`, each once";
        at.report(DiagnosticCode::BadValue, message);
    }
    for (index, target) in targets.iter().enumerate() {
        let mut at = at.item(index);
        let Shorthand::Keyword(RingTargetKeyword::MobileApps | RingTargetKeyword::DesktopApps) =
            target
        else {
            let message = "only `mobileApps` and `desktopApps` can be in `ringAlways`";
            at.report(DiagnosticCode::BadValue, message);
            continue;
        };
        if targets[..index].contains(target) {
            at.report(DiagnosticCode::BadValue, "this app is listed twice")
                .help("remove one of them");
        }
        let mut groups = ring.into_iter().flatten();
        if groups.any(|group| group.targets.contains(target)) {
            let message = "this app is also in a ring group";
            at.report(DiagnosticCode::Contradiction, message)
                .label("RingCentral accepts it in only one of the two")
                .help("remove it from `ring` or from `ringAlways`")
                .related(ring_path.clone());
        }
    }
}

pub(super) fn validate_destination(spec: &DestinationSpec, at: &mut Place<'_>) {
    let form = match spec {
        Shorthand::Keyword(_) => return,
        Shorthand::Raw(raw) => return validate_raw_form(raw, at),
        Shorthand::Map(form) => form,
    };
    let DestinationForm {
        voicemail,
        announcement,
        extension,
        phone_number,
        name,
        cloud_connector,
    } = &**form;
    let number = ("phoneNumber", phone_number.is_some());
    at.require_one_key(&[
        ("voicemail", voicemail.is_some()),
        ("announcement", announcement.is_some()),
        ("extension", extension.is_some()),
        number,
        ("cloudConnector", cloud_connector.is_some()),
    ]);
    if let Some(number) = phone_number {
        validate_number(&number.0, &mut at.key("phoneNumber"));
    }
    at.require_with(("name", name.is_some()), number);
    if let Some(form) = announcement {
        validate_greeting(form, &mut at.key("announcement"));
    }
    if let Some(form) = voicemail {
        let mut at = at.key("voicemail");
        if form.preset.is_some() && form.custom.is_some() {
            let message = "a greeting cannot have both `preset` and `custom`";
            at.key("custom")
                .report(DiagnosticCode::MutuallyExclusiveKeys, message);
        }
        if *form == VoicemailForm::default() {
            at.report(DiagnosticCode::Empty, "this voicemail has no settings")
                .help("write just `voicemail` for the user's own voicemail");
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
        Shorthand::Keyword(DestinationKeyword::Voicemail) => Some((None, None)),
        Shorthand::Map(form) => {
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
fn validate_raw_form(api: &RawJson, at: &mut Place<'_>) {
    at.require_type(api);
    let kind = api.kind().unwrap_or_default();
    let required = REQUIRED_RAW_PARTS.iter().find(|(name, ..)| *name == kind);
    if let Some((_, part, key)) = required
        && api.0.get(*part).and_then(|part| part.get(key)).is_none()
    {
        let message = format!("`{kind}` requires `{part}: {{ {key}: … }}`");
        at.report(DiagnosticCode::MissingKey, message);
    }
}
