//! How a call is handled.

use serde_json::Value;

use super::{ExtensionId, number_key};

/// The handling of a call.
///
/// In a declaration, `None` means that a live rule keeps this part. On the account it means that
/// the rule does not have the part.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallDispatching {
    /// The ringing mode, or that nothing rings.
    pub dispatch_type: Option<DispatchType>,
    /// The welcome greeting, played before ringing.
    pub greeting: Option<GreetingSetting>,
    /// The message that is spoken while the call is connected.
    pub connecting_message: Option<GreetingSetting>,
    /// The music or ring tone while the call is connected.
    pub connecting_audio: Option<GreetingSetting>,
    /// Whether callers must state their name.
    pub screening: Option<CallScreening>,
    /// The ring groups; their order counts for some types.
    pub ring: Option<Vec<RingGroup>>,
    /// Apps that ring the whole time.
    pub ring_always: Option<Vec<RingTarget>>,
    /// Whether nothing rings but the user's own apps and phones, which ring as they do on the
    /// account: what a complete declaration without `ring` means. Never set for a live rule.
    pub only_own_targets_ring: bool,
    /// The destination if no phone answers.
    pub no_answer: Option<CallDestination>,
    /// The immediate destination, with type `Terminate`.
    pub terminate: Option<CallDestination>,
    /// Unknown actions, in the API's form.
    pub other: Vec<Value>,
}

impl CallDispatching {
    /// Declares everything that callers notice and that a complete declaration leaves out: no
    /// greetings, no screening, nothing else rings, and voicemail if no phone answers. Parts that
    /// are not in force stay undeclared. Without `ring`, the user's own apps and phones stay as
    /// they are, because a file that does not mention them must not silence them.
    #[must_use]
    pub fn with_defaults(mut self, has_no_answer: bool) -> Self {
        let kind = self.dispatch_type.as_ref();
        let plays = matches!(
            kind,
            Some(DispatchType::RingAtOnce | DispatchType::RingInOrder)
        );
        if plays {
            self.greeting.get_or_insert(GreetingSetting::Off);
            self.connecting_message.get_or_insert(GreetingSetting::Off);
            self.connecting_audio.get_or_insert(GreetingSetting::Off);
        }
        if plays || kind == Some(&DispatchType::Custom) {
            self.screening.get_or_insert(CallScreening::Off);
            if self.ring.is_some() {
                self.ring_always.get_or_insert_default();
            } else {
                self.only_own_targets_ring = true;
            }
            if has_no_answer {
                self.no_answer.get_or_insert(CallDestination::Voicemail {
                    owner: None,
                    greeting: None,
                });
            }
        }
        self
    }

    /// Returns the device ids of the user's own phones that the ring groups list, in order.
    pub fn own_phones(&self) -> Vec<String> {
        let groups = self.ring.iter().flatten();
        let targets = groups.flat_map(|group| &group.targets);
        let own = targets.filter_map(|target| match target {
            RingTarget::Device { id, owner: None } => Some(id.clone()),
            _ => None,
        });
        own.collect()
    }

    /// Replaces the groups of the user's phones by one of `deskPhones`, if that means the same:
    /// each phone has a group of its own, and these are equal and follow each other in the order
    /// of `phones`.
    pub fn collapse_desk_phones(&mut self, phones: &[String]) {
        let Some(groups) = &mut self.ring else {
            return;
        };
        let own_phone = |group: &RingGroup| match &group.targets[..] {
            [RingTarget::Device { id, owner: None }] => Some(id.clone()),
            _ => None,
        };
        let listed: Vec<Option<String>> = groups.iter().map(own_phone).collect();
        let Some(start) = listed.iter().position(Option::is_some) else {
            return;
        };
        let run = start..start + phones.len();
        let without_targets =
            |group: &RingGroup| (group.enabled, group.seconds, group.start_offset);
        let is_complete = listed.iter().flatten().eq(phones)
            && listed
                .get(run.clone())
                .is_some_and(|run| run.iter().all(Option::is_some))
            && groups[run.clone()]
                .iter()
                .all(|group| without_targets(group) == without_targets(&groups[start]));
        if is_complete {
            groups[start].targets = vec![RingTarget::DeskPhones];
            groups.drain(start + 1..run.end);
        }
    }
}

/// The ringing mode of a rule \[spec\].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DispatchType {
    /// All targets ring at the same time.
    RingAtOnce,
    /// The groups ring one after the other.
    RingInOrder,
    /// Each group starts at its own offset.
    Custom,
    /// Nothing rings: the call goes straight to its destination.
    Terminate,
    /// A type that is unknown here.
    Other(String),
}

impl DispatchType {
    /// Returns the API's name of the type.
    pub fn as_str(&self) -> &str {
        match self {
            DispatchType::RingAtOnce => "RingAtOnce",
            DispatchType::RingInOrder => "RingInOrder",
            DispatchType::Custom => "Custom",
            DispatchType::Terminate => "Terminate",
            DispatchType::Other(name) => name,
        }
    }

    /// Parses the API's name of a type.
    pub fn parse(text: &str) -> Self {
        match text {
            "RingAtOnce" => DispatchType::RingAtOnce,
            "RingInOrder" => DispatchType::RingInOrder,
            "Custom" => DispatchType::Custom,
            "Terminate" => DispatchType::Terminate,
            other => DispatchType::Other(other.to_owned()),
        }
    }
}

/// The setting of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GreetingSetting {
    /// The prompt is off.
    Off,
    /// This greeting is played.
    On(GreetingSource),
}

/// A preset or custom greeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GreetingSource {
    /// A preset greeting, identified by id.
    Preset(String),
    /// A custom greeting of the user, identified by id.
    Custom(String),
}

/// Whether callers must state their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallScreening {
    /// Callers are not screened.
    Off,
    /// Some or all callers are screened.
    On {
        /// The callers: `NoCallerId`, `UnknownCallerId` or `Always`.
        when: String,
        /// The result: `AskToAnswer` or `PlayCallerNameOnly`; the service has a default.
        result: Option<String>,
    },
}

/// Targets that ring at the same time.
#[derive(Debug, Clone, PartialEq)]
pub struct RingGroup {
    /// Whether the group rings at all.
    pub enabled: bool,
    /// The duration in seconds; one ring is about 5 s \[spec\]. `None` if the service does not give
    /// it.
    pub seconds: Option<u64>,
    /// The start in seconds after the call arrived; used with type `Custom`.
    pub start_offset: u64,
    /// The targets; their order has no meaning.
    pub targets: Vec<RingTarget>,
}

/// The kinds of apps of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppPlatform {
    /// All mobile apps of the user.
    Mobile,
    /// All desktop apps of the user.
    Desktop,
}

impl AppPlatform {
    /// Both kinds of apps.
    pub const ALL: [AppPlatform; 2] = [AppPlatform::Mobile, AppPlatform::Desktop];

    /// Returns the API's type of ring target.
    pub fn api_type(self) -> &'static str {
        match self {
            AppPlatform::Mobile => "AllMobileRingTarget",
            AppPlatform::Desktop => "AllDesktopRingTarget",
        }
    }
}

/// A target that rings.
#[derive(Debug, Clone, PartialEq)]
pub enum RingTarget {
    /// The apps of the user or of a co-worker.
    Apps {
        /// The kind of apps.
        platform: AppPlatform,
        /// The co-worker; `None` for the user's own apps.
        owner: Option<ExtensionId>,
    },
    /// The extension of a co-worker.
    Coworker(ExtensionId),
    /// A phone number, internal or external.
    PhoneNumber {
        /// The phone number in E.164 form.
        number: String,
        /// The display name of the number.
        name: Option<String>,
    },
    /// A desk phone or softphone, identified by id.
    Device {
        /// The id of the device.
        id: String,
        /// The owner, if it is another user.
        owner: Option<ExtensionId>,
    },
    /// All desk phones of the user.
    DeskPhones,
    /// The hot desk phone that the user is logged in to.
    Hotdesk,
    /// A number of the mobile carrier's IMS.
    ImsPhoneNumber(String),
    /// A number with fixed-mobile convergence.
    FmcPhoneNumber(String),
    /// Another telephone system: `MsTeamsDirectRouting` or `FmcLite`.
    Integration(String),
    /// A contact of a cloud connector.
    CloudConnector(CloudConnector),
    /// An unknown target, in the API's form.
    Other(Value),
}

impl RingTarget {
    /// Returns whether this is an app or phone of the user, which RingCentral always lists
    /// \[docs\].
    pub fn is_own(&self) -> bool {
        matches!(
            self,
            RingTarget::Apps { owner: None, .. }
                | RingTarget::Device { owner: None, .. }
                | RingTarget::DeskPhones
        )
    }

    /// Returns the target without its display name, which callers do not notice.
    #[must_use]
    pub fn without_name(&self) -> RingTarget {
        match self {
            RingTarget::PhoneNumber { number, .. } => RingTarget::PhoneNumber {
                number: number.clone(),
                name: None,
            },
            RingTarget::CloudConnector(connector) => RingTarget::CloudConnector(CloudConnector {
                name: None,
                ..connector.clone()
            }),
            other => other.clone(),
        }
    }

    /// Returns the form in which targets are compared: without display names, and with numbers in
    /// their normal form.
    #[must_use]
    pub fn key(&self) -> RingTarget {
        let key = |number: &String| number_key(number).to_owned();
        match self {
            RingTarget::PhoneNumber { number, .. } => RingTarget::PhoneNumber {
                number: key(number),
                name: None,
            },
            RingTarget::ImsPhoneNumber(number) => RingTarget::ImsPhoneNumber(key(number)),
            RingTarget::FmcPhoneNumber(number) => RingTarget::FmcPhoneNumber(key(number)),
            RingTarget::CloudConnector(connector) => RingTarget::CloudConnector(connector.key()),
            other => other.clone(),
        }
    }
}

/// A contact of a cloud connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudConnector {
    /// The id of the connector.
    pub integration_id: String,
    /// The extension number to dial.
    pub extension_number: Option<String>,
    /// The phone number to dial.
    pub phone_number: Option<String>,
    /// The display name of the contact.
    pub name: Option<String>,
}

impl CloudConnector {
    /// Returns the form in which contacts are compared: without the display name, and with the
    /// number in its normal form.
    #[must_use]
    pub fn key(&self) -> CloudConnector {
        let number = self.phone_number.as_deref();
        CloudConnector {
            name: None,
            phone_number: number.map(|number| number_key(number).to_owned()),
            ..self.clone()
        }
    }
}

/// The destination of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallDestination {
    /// The voicemail of a user.
    Voicemail {
        /// The owner; `None` for the user's own voicemail.
        owner: Option<ExtensionId>,
        /// The voicemail greeting; `None` if it is not declared.
        greeting: Option<GreetingSource>,
    },
    /// An announcement, after which the call ends.
    Announcement {
        /// The announcement; `None` if it is not declared.
        greeting: Option<GreetingSource>,
    },
    /// Another extension: a user, a call queue or a menu.
    Extension(ExtensionId),
    /// A phone number, internal or external.
    PhoneNumber {
        /// The phone number in E.164 form.
        number: String,
        /// The display name of the number.
        name: Option<String>,
    },
    /// A contact of a cloud connector.
    CloudConnector(CloudConnector),
    /// An unknown destination, in the API's form.
    Other(Value),
}
