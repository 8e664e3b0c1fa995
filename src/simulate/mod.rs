//! What becomes of a call, as far as it is known: from the files alone, or from the account.
//!
//! Pure. [`crate::routing`] decides; here stands what a decision rests on where a file leaves something
//! open, where a call goes on to, and whether that is what a test expects.

mod judge;
mod known;
mod rests;
mod story;
mod switchboard;

pub use judge::{Judged, Missed};
pub use known::Known;
pub use rests::{Part, Rest};
pub use story::Story;
pub use switchboard::{Hop, Next, Switchboard};
