//! What a row of the table of platforms says.

use crate::core::platform_network::Format;

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
    WrittenAt(&'static str),
}

/// Where a fact about the machine stands.
#[derive(Debug, Clone, Copy)]
pub enum Fact {
    /// The whole answer at this path; the first of several words.
    Text(&'static str),
    /// A field of the JSON object at this path; one below another with a slash.
    Field(&'static str, &'static str),
    /// A file of /sys/class/dmi/id, in lower case.
    Firmware(&'static str),
}

/// Name and value of a header.
pub type Header = (&'static str, &'static str);

/// A token that the service wants first: got by PUT, sent with every request.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// Where it is got.
    pub path: &'static str,
    /// The header of the PUT.
    pub header: Header,
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
    /// Where the service is, in the order in which the addresses are asked. Nobody asks there unless the firmware or the
    /// command line says that it is the machine's platform: on other networks any neighbour may answer.
    pub services: &'static [&'static str],
    /// Whether it gives the document only to a client whose port is below 1024.
    pub low_port: bool,
    /// The token, where there is one.
    pub token: Option<Token>,
    /// Headers of the request for the document, and for its properties.
    pub headers: &'static [Header],
    /// Headers of the requests for facts about the machine.
    pub fact_headers: &'static [Header],
    /// Path of the document.
    pub document: &'static str,
    /// Where the document is if there is none at that path.
    pub other_document: Option<&'static str>,
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
    /// Where the machine's network is said, and how it is written.
    pub network: Option<(&'static str, Format)>,
    /// The pieces of `node`, one in a line: its name, a path, a field there or `-` for the whole text, and what is taken of it, one
    /// after the other: `>x` is what stands after the last `x`, `<x` before the last, `^x` before the first; `lower`, `azure` and
    /// `scaleway` are other forms of all of it.
    pub pieces: &'static str,
    /// What the platform's cloud controller manager calls a node: `providerID` and labels, one in a line, each with its text, in
    /// which a name in braces stands for a piece.
    pub node: &'static str,
    /// Whether the service is also at [`super::ON_THE_LINK`].
    pub on_the_link: bool,
    /// Whom to tell that the machine is up, where somebody wants to know.
    pub report_ready_to: Option<&'static str>,
}

impl Platform {
    /// Whether the service may answer a machine to which no DHCP server has given an address: at an address of the link
    /// itself, or at one of IPv6, for which routers announce what it takes.
    pub fn needs_no_lease(&self) -> bool {
        self.on_the_link || self.services.iter().any(|service| service.contains('['))
    }
}
