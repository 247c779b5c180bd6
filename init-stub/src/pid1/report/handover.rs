//! The report across an exec of PID 1: what the next program image goes on with.

const HANDOVER: &str = "--handover";

/// What the next program image of PID 1 needs to go on with the report.
pub struct Handover {
    /// Number of events so far.
    pub seq: u64,
    /// Bytes of the log that the report channel has.
    pub sent: u64,
    /// The open report channel.
    pub port: Option<i32>,
    /// The watchdog that runs.
    pub watchdog: Option<i32>,
    /// When the stage that hands over began, so that it can be finished.
    pub since: u64,
}

impl Handover {
    /// The words after the program's name that hand over.
    pub fn to_arguments(&self) -> [String; 6] {
        [
            HANDOVER.into(),
            self.seq.to_string(),
            self.sent.to_string(),
            self.port.unwrap_or(-1).to_string(),
            self.since.to_string(),
            self.watchdog.unwrap_or(-1).to_string(),
        ]
    }

    /// Reads them again; None when PID 1 was started by the kernel.
    pub fn from_arguments(arguments: &[String]) -> Option<Self> {
        match arguments {
            [word, seq, sent, port, since, watchdog] if word == HANDOVER => Some(Self {
                seq: seq.parse().ok()?,
                sent: sent.parse().ok()?,
                port: descriptor(port),
                watchdog: descriptor(watchdog),
                since: since.parse().ok()?,
            }),
            _ => None,
        }
    }
}

fn descriptor(word: &str) -> Option<i32> {
    word.parse().ok().filter(|number| *number >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handover_survives_the_command_line() {
        let words = Handover { seq: 7, sent: 900, port: None, since: 12, watchdog: Some(5) }.to_arguments();
        let read = Handover::from_arguments(&words).unwrap();
        assert_eq!((read.seq, read.sent, read.port, read.since, read.watchdog), (7, 900, None, 12, Some(5)));
        assert!(Handover::from_arguments(&["quiet".into()]).is_none());
    }
}
