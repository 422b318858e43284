package importer

import "fmt"

// record is one row of cells. Its memory belongs to the reader and is reused
// by the next call.
type record struct {
	line  int // where it begins, 1-based
	text  []byte
	ends  []int // ends[i] is where cell i ends in text
	lines []int // lines[i] is the line on which cell i begins
}

func (c *record) len() int { return len(c.ends) }

func (c *record) cell(i int) []byte {
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.text[start:c.ends[i]]
}

// blank says that no cell holds anything but white space.
func (c *record) blank() bool {
	for _, b := range c.text {
		if b != ' ' && b != '\t' {
			return len(trimCell(string(c.text))) == 0
		}
	}
	return true
}

// recordReader splits text into records: RFC 4180 with any delimiter, lines
// that end with LF, CRLF or CR, and quotes in the middle of an unquoted cell
// taken as they are. It never fails for good: after a bad record it goes on
// with the next one.
type recordReader struct {
	src   *source
	delim byte
	line  int // of the next byte
	rec   record

	long bool // a quoted cell of the current record is longer than MaxCell
}

func newRecordReader(src *source) *recordReader {
	return &recordReader{src: src, delim: ',', line: 1}
}

// outcome of reading one record.
type outcome int

const (
	gotRecord outcome = iota
	gotProblem
	gotEnd
)

// read reads the next record. A problem means that this record is unusable;
// reading goes on behind it.
func (r *recordReader) read() (outcome, Problem) {
	r.src.pin()
	r.src.lost = false
	r.rec.line = r.line
	r.rec.text, r.rec.ends, r.rec.lines = r.rec.text[:0], r.rec.ends[:0], r.rec.lines[:0]
	r.long = false
	if _, ok := r.src.peek(); !ok {
		return gotEnd, Problem{}
	}
	for {
		more, problem := r.readCell()
		if problem.Code != "" {
			return gotProblem, problem
		}
		if !more {
			break
		}
	}
	if r.long {
		return gotProblem, Problem{
			Line: r.rec.line, Code: CodeTooLong,
			Reason: fmt.Sprintf("a cell is longer than %d KiB", MaxCell>>10), Hint: skipped(r.rec.line, r.line-1),
		}
	}
	return gotRecord, Problem{}
}

// readCell reads one cell and what ends it; more says that another follows.
func (r *recordReader) readCell() (more bool, problem Problem) {
	if len(r.rec.ends) == MaxColumns {
		return false, r.tooLong(fmt.Sprintf("the row has more than %d cells", MaxColumns))
	}
	r.rec.lines = append(r.rec.lines, r.line)
	b, ok := r.src.peek()
	if ok && b == '"' {
		r.src.next()
		return r.readQuoted()
	}
	start := len(r.rec.text)
	onlySpace := true
	for {
		b, ok := r.src.next()
		if !ok || r.endOfLine(b) {
			r.endCell()
			return false, Problem{}
		}
		if b == r.delim {
			r.endCell()
			return true, Problem{}
		}
		switch {
		case b == '"' && onlySpace && len(r.rec.text) > start:
			line := r.line
			r.skipLine()
			return false, Problem{
				Line: line, Code: CodeQuote, Reason: "a space stands before an opening quote",
				Hint: "remove the space, or the quotes",
			}
		case len(r.rec.text)-start == MaxCell:
			return false, r.tooLong(fmt.Sprintf("a cell is longer than %d KiB", MaxCell>>10))
		case r.src.offset() > MaxRecord:
			return false, r.tooLong(fmt.Sprintf("the row is longer than %d KiB", MaxRecord>>10))
		}
		onlySpace = onlySpace && b == ' '
		r.rec.text = append(r.rec.text, b)
	}
}

// readQuoted reads behind an opening quote.
func (r *recordReader) readQuoted() (more bool, problem Problem) {
	opened, start := r.line, len(r.rec.text)
	for {
		b, ok := r.src.next()
		if !ok || r.src.offset() > MaxRecord {
			return false, r.unclosed(opened)
		}
		if b != '"' {
			if r.endOfLine(b) {
				b = '\n'
			}
			r.keepQuoted(b, start)
			continue
		}
		after, ok := r.src.next()
		switch {
		case ok && after == '"':
			r.keepQuoted('"', start)
		case !ok || r.endOfLine(after):
			r.endCell()
			return false, Problem{}
		case after == r.delim:
			r.endCell()
			return true, Problem{}
		default:
			line := r.line
			r.skipLine()
			return false, Problem{
				Line: line, Code: CodeQuote, Reason: "text follows a closing quote",
				Hint: `write a quote inside a quoted cell twice (""); ` + skipped(r.rec.line, r.line-1),
			}
		}
	}
}

// unclosed goes back behind the first line of the record, so that one stray
// quote costs one row and not the rest of the file.
func (r *recordReader) unclosed(opened int) Problem {
	r.src.rewind(0)
	r.line = r.rec.line
	r.skipLine()
	return Problem{
		Line: opened, Code: CodeQuote,
		Reason: fmt.Sprintf("the quote that opens here is not closed before the end of the file or within %d KiB", MaxRecord>>10),
		Hint:   `close it, or write a quote inside a quoted cell twice (""); the row was left out, reading went on with the next line`,
	}
}

func skipped(first, last int) string {
	if last <= first {
		return "the line was left out"
	}
	return fmt.Sprintf("lines %d to %d were left out", first, last)
}

// skipLine reads to the end of the line.
func (r *recordReader) skipLine() {
	for {
		if r.src.offset() > MaxRecord {
			r.src.pin() // far behind what anyone goes back to
			r.src.lost = true
		}
		b, ok := r.src.next()
		if !ok || r.endOfLine(b) {
			return
		}
	}
}

// endOfLine says whether b ends a line, and then counts it and takes the LF of
// a CRLF.
func (r *recordReader) endOfLine(b byte) bool {
	switch b {
	case '\n':
	case '\r':
		if following, ok := r.src.peek(); ok && following == '\n' {
			r.src.next()
		}
	default:
		return false
	}
	r.line++
	return true
}

// keepQuoted adds a byte to a quoted cell. A cell that is too long is read on
// without being kept, to find its closing quote.
func (r *recordReader) keepQuoted(b byte, start int) {
	if len(r.rec.text)-start == MaxCell {
		r.long = true
		return
	}
	r.rec.text = append(r.rec.text, b)
}

// tooLong gives the record up and goes behind its line.
func (r *recordReader) tooLong(reason string) Problem {
	r.skipLine()
	return Problem{Line: r.rec.line, Code: CodeTooLong, Reason: reason, Hint: skipped(r.rec.line, r.line-1)}
}

func (r *recordReader) endCell() { r.rec.ends = append(r.rec.ends, len(r.rec.text)) }
