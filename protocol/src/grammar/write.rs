//! Writing: the one canonical form of a frame. SPEC.md, section 2.4.

use bytes::BufMut;

use crate::Text;
use crate::limits::MAX_LINE;

/// Writes one frame, field by field. It counts the line's octets, because the text's form depends on them.
pub(crate) struct FrameWriter<'o, B> {
    out: &'o mut B,
    line: usize,
}

impl<'o, B: BufMut> FrameWriter<'o, B> {
    /// `verb`
    pub(crate) fn verb(out: &'o mut B, verb: &str) -> Self {
        let mut writer = Self { out, line: 0 };
        //= protocol/SPEC.md#2-2-fields
        //# A sender MUST NOT put an SP before the verb.
        writer.put(verb);
        writer
    }

    /// `SP field`; `field` must be a validated value.
    #[inline]
    pub(crate) fn field(mut self, field: &str) -> Self {
        //= protocol/SPEC.md#2-2-fields
        //# A sender MUST put exactly one SP between two parts of a frame.
        self.put(" ");
        self.put(field);
        self
    }

    /// A field that may be absent.
    pub(crate) fn maybe_field(self, field: Option<&str>) -> Self {
        match field {
            Some(field) => self.field(field),
            None => self,
        }
    }

    /// `SP number`
    #[inline]
    pub(crate) fn number(self, number: impl Into<crate::Number>) -> Self {
        self.field(itoa::Buffer::new().format(number.into().get()))
    }

    /// `SP key "=" value`; both must be valid.
    #[inline]
    pub(crate) fn attribute(mut self, key: &str, value: &str) -> Self {
        //= protocol/SPEC.md#2-2-fields
        //# A sender MUST put exactly one SP between two parts of a frame.
        self.put(" ");
        //= protocol/SPEC.md#2-5-attributes
        //# A sender MUST make a key of 1 to 16 octets, a letter `a`-`z` first, then `a`-`z`, `0`-`9` or `-`.
        self.put(key);
        self.put("=");
        //= protocol/SPEC.md#2-5-attributes
        //# A sender MUST make a value of 1 to 255 octets of `%x21-7E`.
        self.put(value);
        self
    }

    /// `SP key "=" number`
    pub(crate) fn attribute_number(self, key: &str, number: impl Into<crate::Number>) -> Self {
        self.attribute(key, itoa::Buffer::new().format(number.into().get()))
    }

    /// An attribute that may be absent.
    #[inline]
    pub(crate) fn maybe(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.attribute(key, value),
            None => self,
        }
    }

    /// An attribute that may be absent.
    pub(crate) fn maybe_number(self, key: &str, number: Option<impl Into<crate::Number>>) -> Self {
        match number {
            Some(number) => self.attribute_number(key, number),
            None => self,
        }
    }

    /// `SP key "=" position`, if there is one.
    pub(crate) fn maybe_position(mut self, key: &str, position: Option<(crate::Epoch<'_>, crate::Number)>) -> Self {
        if let Some((epoch, number)) = position {
            self = self.attribute(key, epoch.as_str());
            self.put(":");
            self.put(itoa::Buffer::new().format(number.get()));
        }
        self
    }

    /// `SP key "=yes"` where it holds.
    pub(crate) fn flag(self, key: &str, holds: bool) -> Self {
        if holds { self.attribute(key, "yes") } else { self }
    }

    /// The frame's end without a text.
    pub(crate) fn end(self) {
        //= protocol/SPEC.md#2-1-lines
        //# A sender MUST end each line with LF.
        //= protocol/SPEC.md#2-1-lines
        //# A sender MUST NOT send a CR.
        //= protocol/SPEC.md#2-2-fields
        //# A sender MUST NOT put an SP after the last field of a frame without text.
        self.out.put_u8(b'\n');
    }

    /// `SP line-text` or `SP counted-text`, and the frame's end.
    pub(crate) fn text(self, text: Text<'_>) {
        let octets = text.as_str().as_bytes();
        //= protocol/SPEC.md#2-1-lines
        //# A sender MUST NOT send a line of more than 4,096 octets, the terminator not counted.
        //= protocol/SPEC.md#2-4-text
        //# A server MUST send every text in its canonical form.
        //= protocol/SPEC.md#2-4-text
        //# A client SHOULD send every text in its canonical form.
        if self.line + " :".len() + octets.len() <= MAX_LINE && !text.has_line_feed() {
            self.out.put_slice(b" :");
        } else {
            //= protocol/SPEC.md#2-3-where-a-frame-ends
            //# A sender MUST write the head of counted text as `{`, the number of its octets in decimal without leading
            //# zeros, `}`, and the line's LF.
            self.out.put_slice(b" {");
            self.out.put_slice(itoa::Buffer::new().format(octets.len()).as_bytes());
            self.out.put_slice(b"}\n");
        }
        //= protocol/SPEC.md#2-3-where-a-frame-ends
        //# A sender MUST send after the head exactly the announced number of octets and then LF.
        self.out.put_slice(octets);
        //= protocol/SPEC.md#2-1-lines
        //# A sender MUST end each line with LF.
        self.out.put_u8(b'\n');
    }

    /// A text that may be absent, and the frame's end.
    pub(crate) fn maybe_text(self, text: Option<Text<'_>>) {
        match text {
            Some(text) => self.text(text),
            None => self.end(),
        }
    }

    #[inline]
    fn put(&mut self, octets: &str) {
        self.out.put_slice(octets.as_bytes());
        self.line += octets.len();
    }
}
