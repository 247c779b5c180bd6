//! What a kubelet's D-Bus library sends, recorded byte by byte.

/// The handshake as it is sent, one piece after each answer.
pub const HANDSHAKE: [&[u8]; 5] =
    [b"\0AUTH\r\n", b"AUTH EXTERNAL\r\n", b"DATA\r\n", b"NEGOTIATE_UNIX_FD\r\n", b"BEGIN\r\n"];

/// `org.freedesktop.DBus.Hello()`
pub const HELLO: &[u8] = b"\
    l\x01\0\x01\0\0\0\0\x01\0\0\0n\0\0\0\
    \x02\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\
    \x01\x01o\0\x15\0\0\0/org/freedesktop/DBus\0\0\0\
    \x06\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\
    \x03\x01s\0\x05\0\0\0Hello\0\0\0";

/// `org.freedesktop.DBus.Properties.Get(…, "InhibitDelayMaxUSec")`
pub const GET_DELAY: &[u8] = b"\
    l\x01\0\x01<\0\0\0\x02\0\0\0\x7f\0\0\0\
    \x03\x01s\0\x03\0\0\0Get\0\0\0\0\0\
    \x02\x01s\0\x1f\0\0\0org.freedesktop.DBus.Properties\0\
    \x08\x01g\0\x02ss\0\
    \x01\x01o\0\x17\0\0\0/org/freedesktop/login1\0\
    \x06\x01s\0\x16\0\0\0org.freedesktop.login1\0\0\
    \x1e\0\0\0org.freedesktop.login1.Manager\0\0\
    \x13\0\0\0InhibitDelayMaxUSec\0";

/// `org.freedesktop.login1.Manager.Inhibit("shutdown", "kubelet", …, "delay")`
pub const INHIBIT: &[u8] = b"\
    l\x01\0\x01V\0\0\0\x03\0\0\0\x82\0\0\0\
    \x01\x01o\0\x17\0\0\0/org/freedesktop/login1\0\
    \x06\x01s\0\x16\0\0\0org.freedesktop.login1\0\0\
    \x03\x01s\0\x07\0\0\0Inhibit\0\
    \x02\x01s\0\x1e\0\0\0org.freedesktop.login1.Manager\0\0\
    \x08\x01g\0\x04ssss\0\0\0\0\0\0\0\
    \x08\0\0\0shutdown\0\0\0\0\
    \x07\0\0\0kubelet\0\
    *\0\0\0Kubelet needs time to handle node shutdown\0\0\
    \x05\0\0\0delay\0";

/// `org.freedesktop.DBus.AddMatch(…)`
pub const ADD_MATCH: &[u8] = b"\
    l\x01\0\x01x\0\0\0\x04\0\0\0~\0\0\0\
    \x06\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\
    \x03\x01s\0\x08\0\0\0AddMatch\0\0\0\0\0\0\0\0\
    \x02\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\
    \x08\x01g\0\x01s\0\0\
    \x01\x01o\0\x15\0\0\0/org/freedesktop/DBus\0\0\0\
    s\0\0\0type='signal',interface='org.freedesktop.login1.Manager',member='PrepareForShutdown',path='/org/freedesktop/login1'\0";

/// Bytes that look random and are the same in every run.
pub struct Noise(pub u64);

impl Noise {
    /// A byte.
    pub fn byte(&mut self) -> u8 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes()[0]
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (usize::from(self.byte()) << 8 | usize::from(self.byte())) % bound.max(1)
    }

    /// Up to `most` bytes, at least one.
    pub fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..=self.below(most)).map(|_| self.byte()).collect()
    }
}
