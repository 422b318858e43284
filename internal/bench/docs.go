package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The text that people write stands between blocks, which begin with one of these comments and end with blockEnd:
//
//	<!-- bench: figures PREFIX… -->   the figures whose keys begin so, with their targets
//	<!-- bench: reports -->           every report's p50 and p95
//	<!-- bench: curve NAME -->        a picture and its table
//	<!-- bench: table NAME -->        a table alone
//	<!-- bench: capacity-basis -->    what the capacity model rests on
//	<!-- bench: capacity-steps -->    what it makes of that
const (
	blockBegin = "<!-- bench: "
	blockOpen  = " -->"
	blockEnd   = "<!-- /bench -->"

	capacityFile   = "capacity.md"
	docsFile       = "benchmarks.md"
	picturesFolder = "images"
)

// WriteDocs writes what was measured into benchmarks.md and capacity.md in dir, and its pictures into images beside them. A block stays as
// it was when nothing of it was measured, or not all: then it is named in skipped. So a run of some sections replaces what it measured and
// nothing else.
func WriteDocs(dir string, result *Result) (skipped []string, err error) {
	texts := map[string]string{}
	for _, name := range []string{docsFile, capacityFile} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("read the text around the figures: %w", err)
		}
		text, left, err := fillBlocks(string(raw), result)
		if err == nil && name == docsFile {
			err = everyCurve(text, result)
		}
		if err != nil {
			return nil, fmt.Errorf("write the figures into %s: %w", name, err)
		}
		texts[name], skipped = text, append(skipped, left...)
	}
	if err := drawCurves(filepath.Join(dir, picturesFolder), result); err != nil {
		return nil, err
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("write the figures: %w", err)
		}
	}
	return skipped, nil
}

// everyCurve refuses a page without a block for some curve: nobody would miss it.
func everyCurve(text string, result *Result) error {
	for i := range result.Curves {
		if name := "curve " + result.Curves[i].Name; !strings.Contains(text, blockBegin+name+blockOpen) {
			return fmt.Errorf("%w the %s", errNoBlock, name)
		}
	}
	return nil
}

func drawCurves(dir string, result *Result) error {
	if len(result.Curves) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of pictures: %w", err)
	}
	for i := range result.Curves {
		drawn, err := result.Curves[i].chart().SVG()
		if err != nil {
			return fmt.Errorf("draw a curve: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, picture(result.Curves[i].Name)), drawn, 0o644); err != nil {
			return fmt.Errorf("write a picture: %w", err)
		}
	}
	return nil
}

func picture(name string) string { return "bench-" + name + ".svg" }

var (
	errNoEnd   = errors.New("a block does not end with " + blockEnd)
	errNoBlock = errors.New("it has no block for")
)

// fillBlocks replaces what stands in the blocks.
func fillBlocks(text string, result *Result) (filled string, skipped []string, err error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, blockBegin)
		out.WriteString(before)
		if !found {
			break
		}
		what, rest, opened := strings.Cut(rest, blockOpen)
		old, rest, ended := strings.Cut(rest, blockEnd)
		if !opened || !ended || strings.Contains(old, blockBegin) {
			return "", nil, fmt.Errorf("%q: %w", what, errNoEnd)
		}
		content, missing, err := result.block(strings.Fields(what))
		if err != nil {
			return "", nil, err
		}
		if missing != "" {
			skipped = append(skipped, what+" ("+missing+")")
		}
		if content == "" {
			content = old
		}
		out.WriteString(blockBegin + what + blockOpen + content + blockEnd)
		text = rest
	}
	return out.String(), skipped, nil
}

// block is the content of one block, empty when nothing of it was measured, or when something is missing.
func (r *Result) block(words []string) (content, missing string, err error) {
	kinds := map[string]func(args []string) (table, missing string){
		"figures":        r.figureTable,
		"reports":        func([]string) (string, string) { return r.reportTable(), "" },
		"curve":          func(args []string) (string, string) { return r.curveTable(strings.Join(args, " ")), "" },
		"table":          func(args []string) (string, string) { return r.namedTable(strings.Join(args, " ")), "" },
		"capacity-basis": func([]string) (string, string) { return r.basisTable() },
		"capacity-steps": func([]string) (string, string) { return r.stepsTable() },
	}
	if len(words) == 0 || kinds[words[0]] == nil {
		return "", "", fmt.Errorf("there is no block %q", strings.Join(words, " "))
	}
	table, missing := kinds[words[0]](words[1:])
	if table == "" {
		return "", missing, nil
	}
	return "\n" + table + "\n" + r.origin(), "", nil
}

// origin says where and when it was measured.
func (r *Result) origin() string {
	m, runs := &r.Machine, "one run"
	if r.Runs > 1 {
		runs = fmt.Sprintf("medians of %d runs", r.Runs)
	}
	said := fmt.Sprintf("*%s, commit %s; %d cores of %s, %.0f GB, %s; one sync to disk %.2g ms; %s.*\n",
		r.At.Format("2 January 2006"), r.Commit, m.Cores, m.CPU, m.Memory/1024, m.Go, m.SyncMS, runs)
	if r.Quick {
		said = "**Too little was measured for these figures to mean anything.** " + said
	}
	return said
}
