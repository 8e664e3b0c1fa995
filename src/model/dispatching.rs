//! What happens to a call that a rule takes.

use serde_json::Value;

use super::ExtensionId;

/// What happens to a call. A part that is `None` is not declared, or not there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dispatching {
    /// How it rings, or that it does not.
    pub kind: Option<DispatchType>,
    /// Played before ringing.
    pub greeting: Option<Prompt>,
    /// Spoken while the call is being connected.
    pub connecting_message: Option<Prompt>,
    /// Music or ring tone while the call is being connected.
    pub connecting_audio: Option<Prompt>,
    /// Whether callers must say their name.
    pub screening: Option<Screening>,
    /// Who rings, in the order that counts for this type.
    pub ring: Option<Vec<RingGroup>>,
    /// Apps that ring throughout.
    pub ring_always: Option<Vec<RingTarget>>,
    /// Where the call goes when nobody answers.
    pub no_answer: Option<Destination>,
    /// Where the call goes at once, with type `Terminate`.
    pub at_once: Option<Destination>,
    /// Actions that we do not know, in the API's form.
    pub other: Vec<Value>,
}

/// How a rule rings \[spec\].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DispatchType {
    /// All targets together.
    RingAtOnce,
    /// One group after the other.
    RingInOrder,
    /// Each group at its own offset.
    Custom,
    /// No ringing: the call goes on at once.
    Terminate,
    /// A type that we do not know.
    Other(String),
}

impl DispatchType {
    /// The API's word, which is also ours.
    pub fn as_str(&self) -> &str {
        match self {
            DispatchType::RingAtOnce => "RingAtOnce",
            DispatchType::RingInOrder => "RingInOrder",
            DispatchType::Custom => "Custom",
            DispatchType::Terminate => "Terminate",
            DispatchType::Other(name) => name,
        }
    }

    /// Reads the API's word.
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

/// Something that is played, or switched off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing is played.
    Off,
    /// This is played.
    On(Greeting),
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Greeting {
    /// One of the service's standard greetings, by id.
    Preset(String),
    /// A recording of the user's own, by id.
    Custom(String),
}

/// Whether callers must say their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screening {
    /// Nobody must.
    Off,
    /// Some must.
    On {
        /// Who must: `NoCallerId`, `UnknownCallerId` or `Always`.
        when: String,
        /// What then: `AskToAnswer` or `PlayCallerNameOnly`; the service has a default.
        result: Option<String>,
    },
}

/// Targets that ring together.
#[derive(Debug, Clone, PartialEq)]
pub struct RingGroup {
    /// Whether it rings at all.
    pub enabled: bool,
    /// For how long; one ring takes about 5 seconds \[spec\]. `None` where the service says nothing.
    pub seconds: Option<u64>,
    /// With type `Custom`: seconds after the call came in.
    pub start_offset: u64,
    /// Who rings. Their order means nothing.
    pub targets: Vec<RingTarget>,
}

/// The apps of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// All mobile apps.
    Mobile,
    /// All desktop apps.
    Desktop,
}

impl App {
    /// Both kinds.
    pub const ALL: [App; 2] = [App::Mobile, App::Desktop];

    /// The API's type of ring target.
    pub fn api_type(self) -> &'static str {
        match self {
            App::Mobile => "AllMobileRingTarget",
            App::Desktop => "AllDesktopRingTarget",
        }
    }
}

/// Something that rings.
#[derive(Debug, Clone, PartialEq)]
pub enum RingTarget {
    /// A person's apps: the user's own, or a co-worker's.
    Apps {
        /// Which apps.
        app: App,
        /// Whose; `None` for the user's own.
        of: Option<ExtensionId>,
    },
    /// A co-worker's extension.
    Coworker(ExtensionId),
    /// Any phone number.
    PhoneNumber {
        /// In E.164 form.
        number: String,
        /// What people call it.
        name: Option<String>,
    },
    /// A desk phone or soft phone, by id.
    Device {
        /// The account's id for the device.
        id: String,
        /// Whose it is, where it is another's.
        of: Option<ExtensionId>,
    },
    /// The desk phone that the user has logged into.
    Hotdesk,
    /// A number of the mobile operator's IMS.
    ImsPhoneNumber(String),
    /// A number with fixed-mobile convergence.
    FmcPhoneNumber(String),
    /// Another telephone system: `MsTeamsDirectRouting` or `FmcLite`.
    Integration(String),
    /// A contact behind a cloud connector.
    CloudConnector(CloudConnector),
    /// A target that we do not know, in the API's form.
    Other(Value),
}

/// A contact behind a cloud connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudConnector {
    /// Which connector.
    pub integration_id: String,
    /// The number to dial behind it.
    pub extension_number: Option<String>,
    /// The phone number to dial behind it.
    pub phone_number: Option<String>,
    /// What people call it.
    pub name: Option<String>,
}

/// Where a call ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Destination {
    /// A voicemail box.
    Voicemail {
        /// Whose; `None` for the user's own.
        of: Option<ExtensionId>,
        /// What the caller hears first; `None` where it is not declared.
        greeting: Option<Greeting>,
    },
    /// An announcement, after which the call ends.
    Announcement {
        /// What the caller hears; `None` where it is not declared.
        greeting: Option<Greeting>,
    },
    /// Another extension: a user, a call queue, a menu.
    Extension(ExtensionId),
    /// Any phone number.
    PhoneNumber {
        /// In E.164 form.
        number: String,
        /// What people call it.
        name: Option<String>,
    },
    /// A contact behind a cloud connector.
    CloudConnector(CloudConnector),
    /// A target that we do not know, in the API's form.
    Other(Value),
}
