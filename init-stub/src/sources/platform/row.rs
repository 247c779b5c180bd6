//! What a row of the table of platforms says.

/// One fact of the firmware that tells a platform: a file of /sys/class/dmi/id and what it says.
#[derive(Debug, Clone, Copy)]
pub enum Mark {
    /// It is exactly this.
    Is(&'static str, &'static str),
    /// It begins so.
    Begins(&'static str, &'static str),
    /// A UUID that Amazon's Xen made: it begins with `ec2`, or its first group ends so with its bytes swapped.
    XenUuid(&'static str),
}

/// How the service writes the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it was given. If that was base64, it is recognised later, with every other packing.
    Raw,
    /// Always in base64.
    Base64,
    /// In base64 if the text at this path says so.
    SaidBy(&'static str),
}

/// Where a fact about the machine stands.
#[derive(Debug, Clone, Copy)]
pub enum Fact {
    /// The whole answer at this path; the first of several words.
    Text(&'static str),
    /// A field of the JSON object at this path.
    Field(&'static str, &'static str),
    /// A file of /sys/class/dmi/id, in lower case.
    Firmware(&'static str),
}

/// A token that the service wants first: got by PUT, sent with every request.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// Where it is got.
    pub path: &'static str,
    /// The header of the PUT.
    pub header: (&'static str, &'static str),
    /// The header that carries it.
    pub carried_by: &'static str,
}

/// One platform. What no row says is the same everywhere: 200 is the document; 204 and nothing but white space are
/// none; 408, 429 and 5xx are asked again; every other status is refused.
#[derive(Debug)]
pub struct Platform {
    /// Its name, as in `keel.platform=` and as a source.
    pub name: &'static str,
    /// Any of these tells it.
    pub marks: &'static [Mark],
    /// The token, where there is one.
    pub token: Option<Token>,
    /// Headers of every request.
    pub headers: &'static [(&'static str, &'static str)],
    /// Path of the document.
    pub document: &'static str,
    /// How the document is written.
    pub encoding: Encoding,
    /// Statuses that mean: no document.
    pub absent: &'static [u16],
    /// Statuses that mean: not yet.
    pub later: &'static [u16],
    /// Where the host name stands.
    pub hostname: Fact,
    /// Where the id of the instance stands.
    pub instance_id: Fact,
    /// Whether the service is also at [`ON_THE_LINK`].
    pub on_the_link: bool,
    /// Whom to tell that the machine is up, where somebody wants to know.
    pub told_at: Option<&'static str>,
}
