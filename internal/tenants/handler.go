package tenants

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/turnout/turnout/internal/auth"
	"github.com/turnout/turnout/internal/problem"
)

// longestBody bounds a request with settings; they are a hundred bytes.
const longestBody = 4 << 10

// Handler answers GET and PUT /v1/tenants/{tenant}. Who asks was let in before;
// it checks that the tenant is theirs.
func (s *Store) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request) {
		tenant, err := bind(r)
		if err != nil {
			problem.Write(w, r, err)
			return
		}
		writeSettings(w, tenant, s.Get(tenant))
	})
	mux.HandleFunc("PUT /v1/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request) {
		tenant, settings, err := s.change(w, r)
		if err != nil {
			problem.Write(w, r, err)
			return
		}
		writeSettings(w, tenant, settings)
	})
	return mux
}

func bind(r *http.Request) (string, error) {
	tenant := r.PathValue("tenant")
	if err := ValidateName(tenant); err != nil {
		return "", err
	}
	return auth.From(r.Context()).Bind(tenant)
}

// change applies a PUT: members that are not given keep their value.
func (s *Store) change(w http.ResponseWriter, r *http.Request) (string, Settings, error) {
	tenant, err := bind(r)
	if err != nil {
		return "", Settings{}, err
	}
	settings := s.Get(tenant)
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestBody))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&settings)
	if _, more := decoder.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = errors.New("there is more behind the object")
	}
	if err != nil {
		return "", Settings{}, invalid("", "the settings cannot be read: "+err.Error(),
			`send an object such as {"timezone":"Europe/Moscow","year_end":"08-31","suppress_below":5}`)
	}
	return tenant, settings, s.Put(r.Context(), tenant, settings)
}

func writeSettings(w http.ResponseWriter, tenant string, settings Settings) {
	w.Header().Set("Content-Type", "application/json")
	// The status line is out: a failure to write the body has no other way to be told.
	_ = json.NewEncoder(w).Encode(struct {
		Tenant string `json:"tenant"`
		Settings
	}{tenant, settings})
}
