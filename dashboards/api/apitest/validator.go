// Package apitest holds requests and answers against the API's own description, in tests.
//
// What enters: the OpenAPI document of a running program, requests and their answers. What
// leaves: an error for each that the document does not know: a path, a parameter of a request
// that was answered, a status, a media type, a member of an answer.
package apitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Validator knows the document.
type Validator struct {
	Document *openapi3.T
	router   routers.Router
}

// New reads and checks a document. Every object in it is taken to be complete: a member that it does not name is a mistake.
func New(ctx context.Context, document []byte) (*Validator, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	if err := doc.Validate(ctx, openapi3.EnableSchemaPatternValidation()); err != nil {
		return nil, fmt.Errorf("check the description: %w", err)
	}
	for _, schema := range doc.Components.Schemas {
		closeObjects(schema.Value)
	}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for _, response := range operation.Responses.Map() {
				for _, media := range response.Value.Content {
					closeObjects(media.Schema.Value)
				}
			}
		}
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("find the description's paths: %w", err)
	}
	return &Validator{Document: doc, router: router}, nil
}

// closeObjects refuses members that an object's schema does not name, where it names any.
func closeObjects(s *openapi3.Schema) {
	if s == nil {
		return
	}
	if len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		closed := false
		s.AdditionalProperties.Has = &closed
	}
	for _, property := range s.Properties {
		closeObjects(property.Value)
	}
	if s.Items != nil {
		closeObjects(s.Items.Value)
	}
	for _, alternative := range s.AnyOf {
		closeObjects(alternative.Value)
	}
}

// Check holds a request and its answer against the document. A request that was refused may be wrong; its answer may not.
func (v *Validator) Check(request *http.Request, requestBody []byte, status int, header http.Header, body []byte) error {
	plain := request.Clone(request.Context())
	plain.URL = &url.URL{Path: request.URL.Path, RawQuery: request.URL.RawQuery} // whatever the server's address
	plain.Body = io.NopCloser(bytes.NewReader(requestBody))
	route, parameters, err := v.router.FindRoute(plain)
	if err != nil {
		if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
			return nil // neither the program nor the document knows it
		}
		return fmt.Errorf("%s %s is answered with %d and not described: %w", request.Method, request.URL.Path, status, err)
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true}
	input := &openapi3filter.RequestValidationInput{Request: plain, PathParams: parameters, Route: route, Options: options}
	if status < http.StatusBadRequest {
		if err := v.checkRequest(input); err != nil {
			return fmt.Errorf("%s %s: the request: %w", request.Method, request.URL, err)
		}
	}
	if request.Method == http.MethodHead || status == http.StatusNotModified {
		return nil
	}
	if media := header.Get("Content-Type"); !strings.Contains(media, "json") || strings.Contains(media, "ndjson") {
		return v.checkMedia(route, status, media)
	}
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: status, Header: header, Options: options}
	answer.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(request.Context(), answer); err != nil {
		return fmt.Errorf("%s %s: the answer %d: %w", request.Method, request.URL, status, err)
	}
	return nil
}

// checkRequest holds the parameters against the document, both ways: each has to be described.
func (v *Validator) checkRequest(input *openapi3filter.RequestValidationInput) error {
	operation := input.Route.Operation
	described := map[string]bool{}
	for _, list := range []openapi3.Parameters{operation.Parameters, input.Route.PathItem.Parameters} {
		for _, p := range list {
			if p.Value.In == openapi3.ParameterInQuery {
				described[p.Value.Name] = true
			}
		}
	}
	for name := range input.Request.URL.Query() {
		if !described[name] && strings.HasPrefix(input.Request.URL.Path, "/v1/") { // what else there is looks at none
			return fmt.Errorf("the parameter %q is taken and not described", name)
		}
	}
	if media := input.Request.Header.Get("Content-Type"); operation.RequestBody != nil && !strings.Contains(media, "json") || strings.Contains(media, "ndjson") || strings.Contains(media, "jsonl") {
		input.Options.ExcludeRequestBody = true
	}
	if operation.OperationID == "publish-events" {
		input.Options.ExcludeRequestBody = true // events are the schemas' matter, and may be compressed
	}
	if err := openapi3filter.ValidateRequest(input.Request.Context(), input); err != nil {
		return fmt.Errorf("hold it against the description: %w", err)
	}
	return nil
}

// checkMedia holds an answer that is no JSON against the media types that the document names.
func (v *Validator) checkMedia(route *routers.Route, status int, media string) error {
	response := route.Operation.Responses.Status(status)
	if response == nil {
		response = route.Operation.Responses.Default()
	}
	if response == nil {
		return fmt.Errorf("the status %d is not described", status)
	}
	if media != "" && response.Value.Content.Get(media) == nil {
		return fmt.Errorf("the media type %q is not described", media)
	}
	return nil
}

// Transport is a RoundTripper that holds every answer against the document and reports what is wrong.
type Transport struct {
	Base      http.RoundTripper
	Validator *Validator
	Report    func(error)
}

// RoundTrip implements http.RoundTripper. An answer that has no end, or is no JSON, is held against the document without its body.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	var sent []byte
	if request.Body != nil {
		var err error
		if sent, err = io.ReadAll(request.Body); err != nil {
			return nil, fmt.Errorf("read the request: %w", err)
		}
		request.Body = io.NopCloser(bytes.NewReader(sent))
	}
	response, err := t.Base.RoundTrip(request)
	if err != nil {
		return nil, err //nolint:wrapcheck // a RoundTripper passes on
	}
	var body []byte
	if strings.Contains(response.Header.Get("Content-Type"), "json") {
		body, err = io.ReadAll(response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			return nil, fmt.Errorf("read the answer: %w", err)
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
	}
	if err := t.Validator.Check(request, sent, response.StatusCode, response.Header, body); err != nil {
		t.Report(err)
	}
	return response, nil
}
