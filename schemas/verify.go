package schemas

import (
	"fmt"
	"time"
)

// Verify holds every type against its own examples: the valid ones must pass, and each counter-example must fail at its pointer.
// It is what a schema author runs; the pipeline does not need it.
func (r *Registry) Verify() []error {
	var problems []error
	for _, t := range r.Types() {
		for i := range t.Examples {
			event, err := t.ExampleEvent(i)
			if err == nil {
				err = r.Check(event)
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("verify %s: example %d is refused: %w", t.Name, i+1, err))
			}
		}
		problems = append(problems, r.verifyCounterExamples(t)...)
	}
	return problems
}

func (r *Registry) verifyCounterExamples(t *Type) []error {
	var problems []error
	for i, counter := range t.CounterExamples {
		event := t.exampleEnvelope(i)
		if err := event.SetData(counter.Data); err != nil {
			problems = append(problems, fmt.Errorf("verify %s: counter-example %d: %w", t.Name, i+1, err))
			continue
		}
		violations := r.CheckAll(event)
		switch {
		case len(violations) == 0:
			problems = append(problems, fmt.Errorf("verify %s: counter-example %d is accepted", t.Name, i+1))
		case violations[0].Pointer != counter.Pointer:
			problems = append(problems, fmt.Errorf("verify %s: counter-example %d fails at %s, not at %s: %w",
				t.Name, i+1, violations[0].Pointer, counter.Pointer, violations[0]))
		}
	}
	return problems
}

// ExampleEvent makes a whole event of the type's i-th example. It happens at the example's business time where there is one.
func (t *Type) ExampleEvent(i int) (*Event, error) {
	if i < 0 || i >= len(t.Examples) {
		return nil, fmt.Errorf("make example of %s: there are %d examples, not %d", t.Name, len(t.Examples), i+1)
	}
	event := t.exampleEnvelope(i)
	if err := event.SetData(t.Examples[i]); err != nil {
		return nil, fmt.Errorf("make example of %s: %w", t.Name, err)
	}
	if value := rawMember(event.Data, t.BusinessTime); value != nil {
		field, _ := t.Field(t.BusinessTime)
		if at, ok := parseMoment(field.Format, unquote(value)); ok {
			event.Time = at
		}
	}
	if value := rawMember(event.Data, t.Key[0]); len(value) > 0 && value[0] == '"' {
		event.Subject = unquote(value)
	}
	return event, nil
}

func (t *Type) exampleEnvelope(i int) *Event {
	return &Event{
		ID: fmt.Sprintf("%s-%d", t.Base, i+1), Source: "/example", Type: t.Name,
		Time: time.Date(2022, time.May, 27, 18, 0, 0, 0, time.UTC),
	}
}

// Find looks a type up by its name or, without a version, its newest one. The error says which name was probably meant.
func (r *Registry) Find(name string) (*Type, error) {
	if t, ok := r.types[name]; ok {
		return t, nil
	}
	var newest *Type
	for _, t := range r.types {
		if t.Base == name && (newest == nil || t.Version > newest.Version) {
			newest = t
		}
	}
	if newest == nil {
		return nil, r.unknownType(name)
	}
	return newest, nil
}
