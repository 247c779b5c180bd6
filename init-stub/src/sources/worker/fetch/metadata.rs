//! Asking a platform's metadata service, as its row of the table says: token, document, then what it calls the machine.

use super::client::{Ask, Client, HttpResponse};
use super::failure::Failure;
use super::outcome::{DOCUMENT_LIMIT, Outcome, is_passing, status_text};
use crate::core::from_base64::from_base64;
use crate::core::platform_network::{self, Format, PlatformNetwork};
use crate::pid1::node::Instance;
use crate::sources::platform::{Encoding, Fact, Header, Platform, Token, firmware};
use serde_json::Value;

const FACT_LIMIT: u64 = 256 << 10;
const TOKEN_LIMIT: u64 = 4 << 10;
/// A fact whose lack would give the machine another name than yesterday is asked for more than once.
const FACT_TRIES: u32 = 3;

/// The document and the instance. A missing instance is not a failure, a missing answer is.
pub fn ask(platform: &Platform, service: &str, client: &Client) -> Result<Outcome, Failure> {
    let mut session = Session::new(platform, service, client);
    let mut response = session.get(platform.document, DOCUMENT_LIMIT, platform.headers)?;
    if let (Some(other), true) = (platform.other_document, platform.absent.contains(&response.status)) {
        response = session.get(other, DOCUMENT_LIMIT, platform.headers)?;
    }
    let document = match response.status {
        200 => session.decode(response.body)?,
        204 => Vec::new(),
        status if platform.absent.contains(&status) => Vec::new(),
        status => return Err(of_status(platform, status, response.retry_after_ms)),
    };
    let instance = Instance {
        instance_id: session.fact(&platform.instance_id),
        hostname: session.fact(&platform.hostname),
        network: platform.network.and_then(|(path, form)| session.network(path, form)),
    };
    let empty = document.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0);
    Ok(Outcome { document: (!empty).then_some(document), instance })
}

pub fn of_status(platform: &Platform, status: u16, after_ms: Option<u64>) -> Failure {
    let detail = format!("the answer is {}", status_text(status));
    if platform.later.contains(&status) || is_passing(status) {
        return Failure::busy(detail, after_ms);
    }
    Failure::refused(detail)
}

/// The requests to one service; they share a token.
pub struct Session<'a> {
    platform: &'a Platform,
    service: &'a str,
    client: &'a Client,
    token: Option<String>,
}

impl<'a> Session<'a> {
    /// With no token yet.
    pub fn new(platform: &'a Platform, service: &'a str, client: &'a Client) -> Self {
        Self { platform, service, client, token: None }
    }

    /// Gets a path, with the token where there is one. A token that is refused is replaced once.
    fn get(&mut self, path: &str, limit: u64, headers: &[Header]) -> Result<HttpResponse, Failure> {
        let Some(token) = &self.platform.token else { return self.send(path, limit, headers, None) };
        for _ in 0..2 {
            let value = match self.token.take() {
                Some(value) => value,
                None => self.new_token(token)?,
            };
            let response = self.send(path, limit, headers, Some((token.carried_by, &value)))?;
            if response.status != 401 {
                self.token = Some(value);
                return Ok(response);
            }
        }
        Err(Failure::refused("the service refuses the token that it has just given (401)"))
    }

    fn send(
        &self,
        path: &str,
        limit: u64,
        headers: &[Header],
        token: Option<(&str, &str)>,
    ) -> Result<HttpResponse, Failure> {
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain(token).collect();
        self.client.ask(&Ask {
            method: "GET",
            url: &format!("{}{path}", self.service),
            headers: &headers,
            body: None,
            limit,
        })
    }

    /// There is no way without a token: the one before it (IMDSv1) can be asked by any program that fetches an address
    /// for a stranger, which is what the token is for.
    fn new_token(&self, token: &Token) -> Result<String, Failure> {
        let url = format!("{}{}", self.service, token.path);
        let response = self.client.ask(&Ask {
            method: "PUT",
            url: &url,
            headers: &[token.header],
            body: None,
            limit: TOKEN_LIMIT,
        })?;
        match response.status {
            200 => String::from_utf8(response.body)
                .ok()
                .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()))
                .ok_or_else(|| Failure::refused("the response is not a valid token")),
            403 => Err(Failure::refused(
                "the metadata service is turned off for this machine (403); turn its HTTP endpoint on",
            )),
            404 | 405 | 501 => Err(Failure::refused(format!(
                "the service gives no token ({}), and Keel does not ask without one",
                response.status
            ))),
            status => Err(of_status(self.platform, status, response.retry_after_ms)),
        }
    }

    fn decode(&mut self, body: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let packed = match self.platform.encoding {
            Encoding::Raw => false,
            Encoding::Base64 => true,
            Encoding::WrittenAt(path) => {
                let response = self.get(path, FACT_LIMIT, self.platform.headers)?;
                match response.status {
                    200 => response.body.trim_ascii() == b"base64",
                    404 => false,
                    status => return Err(of_status(self.platform, status, response.retry_after_ms)),
                }
            }
        };
        if !packed {
            return Ok(body);
        }
        from_base64(&body).ok_or_else(|| Failure::unreadable("the document is not in base64, as it must be here"))
    }

    fn fact(&mut self, fact: &Fact) -> Option<String> {
        let found = match *fact {
            Fact::Text(path) | Fact::Field(path, _) => text_of(fact, self.try_hard(path)?)?,
            Fact::Firmware(fact) => firmware(fact).to_lowercase(),
        };
        let word = found.split_ascii_whitespace().next()?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
        (word.len() <= 253 && word.bytes().all(plain)).then(|| word.to_owned())
    }

    /// The machine's network. One that cannot be read is as good as none, but that what it says was left out.
    fn network(&mut self, path: &str, form: Format) -> Option<PlatformNetwork> {
        let text = self.try_hard(path).filter(|text| !text.trim_ascii().is_empty())?;
        let unreadable = |why| PlatformNetwork { left_out: vec![why], ..PlatformNetwork::default() };
        Some(platform_network::read(form, &text).unwrap_or_else(unreadable))
    }

    /// A fact, or a failure that may pass. None: the service answers, and does not tell it.
    pub fn fact_or_failure(&mut self, fact: &Fact) -> Result<Option<String>, Failure> {
        let (Fact::Text(path) | Fact::Field(path, _)) = *fact else { return Ok(None) };
        let response = self.get(path, FACT_LIMIT, self.platform.fact_headers)?;
        if response.status == 200 {
            return Ok(text_of(fact, response.body));
        }
        let failure = of_status(self.platform, response.status, response.retry_after_ms);
        if failure.retry { Err(failure) } else { Ok(None) }
    }

    fn try_hard(&mut self, path: &str) -> Option<Vec<u8>> {
        (0..FACT_TRIES).find_map(|_| match self.get(path, FACT_LIMIT, self.platform.fact_headers) {
            Ok(response) if response.status == 200 => Some(Some(response.body)),
            Ok(response) if is_passing(response.status) => None,
            Err(failure) if failure.retry => None,
            // It will not come by asking again.
            _ => Some(None),
        })?
    }
}

/// A fact in what the service says at its path.
fn text_of(fact: &Fact, body: Vec<u8>) -> Option<String> {
    let Fact::Field(_, field) = *fact else { return String::from_utf8(body).ok() };
    let object: Value = serde_json::from_slice(&body).ok()?;
    match field.split('/').try_fold(&object, |value, key| value.get(key))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
