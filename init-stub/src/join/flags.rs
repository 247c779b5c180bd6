//! The file of kubelet flags that kubeadm writes: `KUBELET_KUBEADM_ARGS="…"`, quoted as Go quotes a string.

use super::identity::ENV_FILE;

const NAME: &str = "KUBELET_KUBEADM_ARGS=";

/// The flags of the file on this node; None: it is not there, or not whole yet.
pub fn kubelet_flags() -> Option<Vec<String>> {
    kubelet_flags_in(&std::fs::read_to_string(ENV_FILE).ok()?)
}

/// The flags in such a text. kubeadm joins them with blanks, so no flag has one.
pub fn kubelet_flags_in(text: &str) -> Option<Vec<String>> {
    let line = text.strip_suffix('\n')?.lines().find_map(|line| line.strip_prefix(NAME))?;
    let inner = line.trim().strip_prefix('"')?.strip_suffix('"')?;
    Some(unquote(inner)?.split_whitespace().map(str::to_owned).collect())
}

/// The inside of a string as Go's `%q` writes it.
fn unquote(quoted: &str) -> Option<String> {
    let mut text = String::with_capacity(quoted.len());
    let mut rest = quoted.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        text.push(match rest.next()? {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => code(&mut rest, 2)?,
            'u' => code(&mut rest, 4)?,
            'U' => code(&mut rest, 8)?,
            c @ ('\\' | '"') => c,
            _ => return None,
        });
    }
    Some(text)
}

fn code(rest: &mut std::str::Chars, digits: usize) -> Option<char> {
    let mut value = 0;
    for _ in 0..digits {
        value = value * 16 + rest.next()?.to_digit(16)?;
    }
    char::from_u32(value)
}

#[cfg(test)]
mod tests {
    use super::kubelet_flags_in as flags;

    #[test]
    fn the_usual_file_has_no_flags_or_a_name() {
        assert_eq!(flags("KUBELET_KUBEADM_ARGS=\"\"\n").unwrap(), Vec::<String>::new());
        let text = "KUBELET_KUBEADM_ARGS=\"--hostname-override=w1 --node-labels=a=b,c=d --v=2\"\n";
        assert_eq!(flags(text).unwrap(), ["--hostname-override=w1", "--node-labels=a=b,c=d", "--v=2"]);
    }

    #[test]
    fn what_go_escapes_comes_back() {
        let text = r#"KUBELET_KUBEADM_ARGS="--a=\"x\" --b=\\ --c=\u00e4\x01\U0001f600""#.to_owned() + "\n";
        assert_eq!(flags(&text).unwrap(), ["--a=\"x\"", "--b=\\", "--c=ä\u{1}😀"]);
    }

    #[test]
    fn half_a_file_is_none() {
        for half in
            ["", "KUBELET_KUBEADM_ARGS=", "KUBELET_KUBEADM_ARGS=\"--v=2", "KUBELET_KUBEADM_ARGS=\"--v=2\"", "X=\"\"\n"]
        {
            assert_eq!(flags(half), None, "{half}");
        }
    }
}
