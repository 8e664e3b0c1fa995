//! Pages that show who takes whose calls, and when: one for each user, and an index.
//!
//! Pure: call handling comes in, HTML goes out, and the same of the same. [`crate::routing`] finds the
//! classes of calls and what becomes of them; here they are drawn.

mod calendar;
mod chain;
mod declared;
mod html;
mod legend;
mod names;
mod sheet;
#[cfg(test)]
mod tests;
mod world;

use crate::model::words::Words;
use crate::model::{Catalogue, DateTime, Directory, ExtensionId};

pub use calendar::{Band, Calendar, Days, Period, Row};
pub use chain::{Chain, Said, Step};
pub use declared::{Declared, Open};
pub use legend::{Entry, Kind};
pub use names::{INDEX, is_page};
pub use sheet::{Difference, Glance, Group, Sheet, Told, Use};
pub use world::World;

pub(crate) use crate::render::say::Say;

/// A user, as the files say and, where the account was read, as it is.
#[derive(Debug)]
pub struct Person<'a> {
    /// The user.
    pub id: ExtensionId,
    /// The path of the user's file.
    pub file: &'a str,
    /// What the user's calls meet on the account; none where it was not read.
    pub live: Option<World>,
    /// What they shall meet.
    pub desired: World,
    /// What keeps the files from being carried out.
    pub problems: Vec<String>,
    /// The time now, where the user lives.
    pub now: DateTime,
}

/// What all pages have in common.
#[derive(Debug, Clone, Copy)]
pub struct Book<'a> {
    /// Everybody's names and numbers.
    pub directory: &'a Directory,
    /// The names of greetings and devices.
    pub catalogue: &'a Catalogue,
    /// Where what is shown comes from: the account that was read, or the files alone.
    pub source: &'a str,
}

/// A page: the name of its file, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The name of the file, without a folder.
    pub name: String,
    /// The HTML.
    pub html: String,
}

/// The index, and a page for each of these users.
pub fn pages(book: Book<'_>, people: &[Person<'_>]) -> Vec<Page> {
    let say = Say {
        directory: book.directory,
        catalogue: book.catalogue,
    };
    let mut taken = names::Names::default();
    let mut lines = Vec::new();
    let mut pages = Vec::new();
    for person in people {
        let sheet = Sheet::of(person, Words::new(book.directory), &say);
        let who = names::Who::of(person, book.directory);
        let name = taken.page(&who);
        pages.push(Page {
            name: name.clone(),
            html: html::user(&who, person, &sheet, book.source),
        });
        lines.push(html::Line::new(who, name, &sheet, person));
    }
    pages.insert(
        0,
        Page {
            name: INDEX.to_owned(),
            html: html::index(&lines, book.source),
        },
    );
    pages
}
