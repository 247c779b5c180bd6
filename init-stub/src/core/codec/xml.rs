//! As much of XML as Azure's two documents need: the text of an element. What is read so is base64, ids and numbers, so
//! entities and CDATA have no meaning here. Whatever the bytes are, looking ends with them.

/// The text of the first element of this name, whatever its prefix; None where there is none.
pub fn text_of<'a>(xml: &'a str, element: &str) -> Option<&'a str> {
    let mut rest = xml;
    loop {
        let (_, tag) = rest.split_once('<')?;
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        let (head, after) = tag.split_once('>')?;
        let name = head.trim_end_matches('/').split_ascii_whitespace().next().unwrap_or_default();
        if name.rsplit(':').next() == Some(element) && !name.starts_with('/') {
            let text = if head.ends_with('/') { "" } else { after.split('<').next().unwrap_or_default() };
            return Some(text.trim());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn an_element_is_found_by_its_name_without_prefix_and_attributes() {
        let xml = "<?xml version=\"1.0\"?><a:Top xmlns:a=\"x\"><!-- <Id>no</Id> --><a:Id i:type=\"t\"> 7 </a:Id>\
                   <Id>8</Id><Empty/><b:Nil i:nil=\"true\" /></a:Top>";
        assert_eq!(text_of(xml, "Id"), Some("7"));
        assert_eq!((text_of(xml, "Empty"), text_of(xml, "Nil")), (Some(""), Some("")));
        assert_eq!((text_of(xml, "I"), text_of(xml, "/Id")), (None, None));
    }

    #[test]
    fn what_is_truncated_anywhere_does_not_panic() {
        let xml = "<a><!-- b --><Id>7</Id></a>";
        for cut in 0..xml.len() {
            assert!(text_of(&xml[..cut], "Id").is_none_or(|text| "7".starts_with(text)));
        }
    }
}
