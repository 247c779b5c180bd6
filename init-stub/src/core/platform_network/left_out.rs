//! What of a document is not taken over.

/// Most phrases; the last one stands for the rest.
const MOST: usize = 20;
/// Most characters of what a phrase shows of the document.
const LONGEST: usize = 40;

/// The phrases.
#[derive(Default)]
pub struct LeftOut(Vec<String>);

impl LeftOut {
    /// Notes what is left out of the entry that the document calls so.
    pub fn add(&mut self, of: &str, what: &str) {
        let phrase = format!("{}: {}", shown(of), shown(what));
        match self.0.len() {
            _ if self.0.contains(&phrase) => {}
            0..19 => self.0.push(phrase),
            19 => self.0.push("and more".into()),
            _ => {}
        }
        debug_assert!(self.0.len() <= MOST);
    }

    /// All of them.
    pub fn phrases(self) -> Vec<String> {
        self.0
    }
}

/// The beginning of a text, without what no terminal shows.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
