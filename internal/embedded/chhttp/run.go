package chhttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/turnout/turnout/internal/embedded/chdb"
)

// serveQuery runs one statement from the request to its last byte.
func (s *Server) serveQuery(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	req := newRequest(r, query)
	if req.id == "" {
		req.id = uuid.NewString()
	}
	req.tag = "turnout-" + strconv.FormatUint(s.sequence.Add(1), 36) + "-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	answer := s.newAnswer(w, r, query, req)
	defer answer.close()
	user, err := s.authenticate(r, query)
	if err != nil {
		answer.fail(err)
		return
	}
	req.user = user
	if err := req.readText(r, query); err != nil {
		answer.fail(err)
		return
	}
	if r.Method == http.MethodGet && !readVerb(req.stmt.verb) {
		answer.fail(&chError{code: codeReadOnly, name: "READONLY",
			message: "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries"})
		return
	}
	if err := req.stmt.wall(user == Reader); err != nil {
		answer.fail(err)
		return
	}
	if isHello(req) {
		if err := s.sayHello(answer, query.Get("client_protocol_version")); err != nil {
			answer.fail(err)
		}
		return
	}
	if err := s.gate.enter(r.Context()); err != nil {
		answer.fail(err)
		return
	}
	defer s.gate.leave()
	s.run(r.Context(), req, answer)
}

// readVerb: what GET may run, as the server does it.
func readVerb(verb string) bool {
	switch verb {
	case "SELECT", "WITH", "FROM", "VALUES", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK", "":
		return true
	}
	return false
}

// run gives the statement a connection of its own.
func (s *Server) run(ctx context.Context, req *request, answer *answer) {
	conn, err := s.cfg.Engine.Conn()
	if err != nil {
		answer.fail(err)
		return
	}
	defer conn.Close()
	if err := s.prepare(conn, req); err != nil {
		answer.fail(err)
		return
	}
	stop := s.killWhenDone(ctx, req.tag)
	defer stop()
	switch req.stmt.mode {
	case runInsert:
		err = s.runRows(conn, req, answer)
	case runSelect:
		if req.streams() {
			err = runStream(ctx, conn, req, answer)
		} else {
			err = runAnswer(conn, req, answer, nil)
		}
	default:
		err = runAnswer(conn, req, answer, s.cfg.Written)
	}
	if err != nil {
		answer.fail(err)
	}
}

// prepare sets the database, the client's settings and the mark by which the
// statement can be killed, and asks the engine's own parser what it is.
func (s *Server) prepare(conn *chdb.Conn, req *request) error {
	database := req.database
	if database == "" || database == "default" {
		database = s.cfg.Database
	}
	if err := conn.Exec("USE " + quoteName(database)); err != nil {
		return err
	}
	set, err := s.settings(req)
	if err != nil {
		return err
	}
	if err := conn.Exec(set); err != nil {
		return err
	}
	if req.user == Reader {
		for _, limit := range []string{"SET ROLE reader", "SET readonly = 2"} {
			if err := conn.Exec(limit); err != nil {
				return err
			}
		}
	}
	return s.check(conn, req)
}

// settings makes the SET of a request: the client's, the bounds, and the mark.
func (s *Server) settings(req *request) (string, error) {
	var set strings.Builder
	set.WriteString("SET ")
	tag := req.tag
	for _, setting := range req.settings {
		switch {
		case dangerousSetting(strings.ToLower(setting.Name)):
			return "", denied("the setting %s is not allowed", setting.Name)
		case filterSetting(strings.ToLower(setting.Name)) && callsDangerous(setting.Value):
			return "", denied("a function of files or other servers in the setting %s is not allowed", setting.Name)
		case setting.Name == "log_comment":
			tag = setting.Value + " " + tag
		default:
			fmt.Fprintf(&set, "%s = %s, ", quoteName(setting.Name), quoteText(setting.Value))
		}
	}
	if req.stmt.mode == runSelect && !req.streams() && !req.sets("max_memory_usage") && s.cfg.WholeLimit > 0 {
		fmt.Fprintf(&set, "max_memory_usage = %d, ", s.cfg.WholeLimit)
	}
	if req.inline == nil {
		set.WriteString(valuesSetting + " = 0, ")
	}
	set.WriteString("log_comment = " + quoteText(tag))
	return set.String(), nil
}

// check refuses more than one statement and what the reader may not do. It asks
// the engine's parser, so that what is checked is what runs.
func (s *Server) check(conn *chdb.Conn, req *request) error {
	if req.stmt.mode == runInsert && req.user == Reader {
		return denied("the user reader may not insert")
	}
	if req.stmt.mode == runInsert && req.inline == nil {
		return nil
	}
	text := req.stmt.sql
	if req.inline != nil {
		text = req.inline
	}
	class, statements := s.classes.of(conn, text)
	switch {
	case statements == 0:
		_, err := conn.Query([]byte("SELECT formatQuery({turnout_text:String})"), "Null", chdb.Param{Name: "turnout_text", Value: escape(text)})
		if err == nil {
			err = syntax(errors.New("the statement cannot be parsed"))
		}
		return err
	case statements > 1:
		return &chError{code: codeSyntax, name: "SYNTAX_ERROR", message: "Multi-statements are not allowed"}
	case !served(req.stmt.verb):
		return denied("%s statements are not served here", req.stmt.verb)
	case req.user == Reader && class != chdb.ReadOnly:
		return denied("the user reader may only read")
	case class == chdb.Control && req.stmt.mode == runSelect:
		return denied("INTO OUTFILE is not allowed")
	}
	return nil
}

// killWhenDone kills the statement when the client goes away. The engine may not
// know the statement yet, so it is killed again until the handler is through.
func (s *Server) killWhenDone(ctx context.Context, tag string) (stop func()) {
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		for {
			s.kill(tag)
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() { close(done) }
}

func (s *Server) kill(tag string) {
	conn, err := s.cfg.Engine.Conn()
	if err != nil {
		s.cfg.Logger.Warn("cannot kill a query whose client went away", "error", err)
		return
	}
	defer conn.Close()
	if err := conn.Exec("KILL QUERY WHERE endsWith(Settings['log_comment'], " + quoteText(tag) + ") ASYNC"); err != nil {
		s.cfg.Logger.Warn("cannot kill a query whose client went away", "error", err)
	}
}

// runStream answers a SELECT piece by piece.
func runStream(ctx context.Context, conn *chdb.Conn, req *request, answer *answer) error {
	stream, err := conn.Stream(req.stmt.sql, req.outFormat(), req.params...)
	if err != nil {
		return err
	}
	defer stream.Close()
	names, empty := newHeader(req.answerFormat()), true
	for {
		piece, err := stream.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		empty = false
		if names != nil {
			if piece, err = names.strip(piece); err != nil {
				return err
			}
		}
		answer.stats = stream.Stats()
		if err := answer.write(piece); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return gone(ctx)
		}
	}
	answer.stats = stream.Stats()
	stream.Close()
	switch {
	case empty && names != nil:
		// A stream of no rows has no names either; as a whole it has.
		return runAnswer(conn, req, answer, nil)
	case empty && strings.EqualFold(req.answerFormat(), "Native") && req.stmt.format == "":
		if err := answer.write(emptyBlock(conn, req)); err != nil {
			return err
		}
	}
	return answer.end()
}

// gone says that the client went away.
func gone(ctx context.Context) error { return fmt.Errorf("the client went away: %w", ctx.Err()) }

// runAnswer runs what is answered as a whole: everything that is no SELECT, and
// the SELECTs in formats that have a beginning and an end. What was to be written is
// asked for before, since the engine itself does not say.
func runAnswer(conn *chdb.Conn, req *request, answer *answer, written func() error) error {
	return conn.Answer(req.stmt.sql, req.outFormat(), req.params, func(data []byte, stats chdb.Stats) error {
		if written != nil && !readVerb(req.stmt.verb) {
			if err := written(); err != nil {
				return unwritten(err)
			}
		}
		answer.stats = stats
		if err := answer.write(data); err != nil {
			return err
		}
		return answer.end()
	})
}

// pieceSize is how many bytes of rows are handed over at once: each piece wakes a
// thread of the engine, which takes its time on a busy machine.
const pieceSize = 1 << 20

// runRows hands the body's rows to the engine as they come.
func (s *Server) runRows(conn *chdb.Conn, req *request, answer *answer) error {
	format := req.stmt.format
	if format == "" {
		format = req.format
	}
	if format == "" {
		format = "Values"
	}
	insert, err := conn.Insert(req.stmt.sql, format, req.params...)
	if err != nil {
		return err
	}
	defer insert.Close()
	piece, ok := s.pieces.Get().(*[pieceSize]byte)
	if !ok {
		piece = new([pieceSize]byte)
	}
	defer s.pieces.Put(piece)
	buffer := piece[:]
	for {
		n, readErr := fill(req.rows, buffer)
		if readErr != nil && readErr != io.EOF { //nolint:errorlint // only a bare EOF is a whole body
			insert.Cancel()
			return cut(readErr)
		}
		if _, err := insert.Write(buffer[:n]); err != nil || readErr != nil {
			break
		}
	}
	answer.stats, err = insert.Done()
	if err != nil {
		return err
	}
	if s.cfg.Written != nil {
		if err := s.cfg.Written(); err != nil {
			return unwritten(err)
		}
	}
	return answer.end()
}

func unwritten(err error) error {
	return &chError{code: codeCannotWrite, name: "CANNOT_WRITE_TO_FILE_DESCRIPTOR", message: "Cannot write to the disk, the statement counts as failed: " + err.Error()}
}

// fill reads until the buffer is full or the body ends; unlike io.ReadFull it
// keeps a body that was cut (ErrUnexpectedEOF) apart from one that is at its end.
func fill(r io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var got int
		got, err = r.Read(buffer[n:])
		n += got
	}
	return n, err //nolint:wrapcheck // a bare EOF is told apart
}
