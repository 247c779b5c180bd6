//! The HTTP client's connections from ports below 1024: some metadata services give the document to nobody else.

use crate::sys::low_port::{Reserved, connect, reserve};
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Error, Timeout};

/// One attempt asks for the document and for two facts, each of them three times at most. The others are for ports that still
/// belong to an older connection.
const CONNECTIONS: usize = 12;

/// Ports for all connections of one attempt.
#[derive(Debug, Clone, Default)]
pub struct LowPorts(Arc<Mutex<Vec<Reserved>>>);

impl LowPorts {
    /// Reserves them, which takes CAP_NET_BIND_SERVICE. Without it there are none, and no connection comes about.
    pub fn reserve() -> Self {
        let both = [false, true].into_iter().flat_map(|is_ipv6| reserve(is_ipv6, CONNECTIONS));
        Self(Arc::new(Mutex::new(both.collect())))
    }

    fn take(&self, is_ipv6: bool) -> Option<Reserved> {
        let mut all = self.0.lock().ok()?;
        let (mut fitting, others) =
            std::mem::take(&mut *all).into_iter().partition::<Vec<_>, _>(|one| one.is_ipv6 == is_ipv6);
        let taken = fitting.pop();
        all.extend(fitting.into_iter().chain(others));
        taken
    }

    fn connect(&self, details: &ConnectionDetails) -> Result<TcpStream, Error> {
        let within = details.timeout.not_zero().map_or(Duration::MAX, |after| *after);
        let Some(to) = details.addrs.first() else { return Err(Error::HostNotFound) };
        loop {
            let Some(reserved) = self.take(to.is_ipv6()) else {
                return Err(Error::Io(io::Error::other("no port below 1024 is free")));
            };
            return match connect(reserved, to, within) {
                Err(e) if matches!(e.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) => continue,
                Err(e) if e.kind() == ErrorKind::TimedOut => Err(Error::Timeout(Timeout::Connect)),
                connected => Ok(connected?),
            };
        }
    }
}

impl<In: Transport> Connector<In> for LowPorts {
    type Out = Either<In, LowPortTransport>;

    fn connect(&self, details: &ConnectionDetails, _: Option<In>) -> Result<Option<Self::Out>, Error> {
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(LowPortTransport { stream: LowPorts::connect(self, details)?, buffers })))
    }
}

/// Plain HTTP over one connection.
#[derive(Debug)]
pub struct LowPortTransport {
    stream: TcpStream,
    buffers: LazyBuffers,
}

impl Transport for LowPortTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        self.stream.set_write_timeout(timeout.not_zero().map(|after| *after))?;
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        self.stream.write_all(output).map_err(|e| of_io(e, timeout.reason))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        if timeout.after.is_zero() {
            return Err(Error::Timeout(timeout.reason));
        }
        self.stream.set_read_timeout(timeout.not_zero().map(|after| *after))?;
        let amount = self.stream.read(self.buffers.input_append_buf()).map_err(|e| of_io(e, timeout.reason))?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// No connection is used twice.
    fn is_open(&mut self) -> bool {
        false
    }
}

/// A socket whose time is over says that it would block.
fn of_io(error: io::Error, reason: Timeout) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Error::Timeout(reason),
        _ => Error::Io(error),
    }
}
