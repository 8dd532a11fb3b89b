package coingecko

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"losstracer/pricing"
)

// What the service says no to, by the codes of its documentation
// (docs.coingecko.com, errors and rate limits). The code for a time that the
// plan does not reach, 10012, is not documented there and is what the service
// sends with status 401.
var (
	// ErrPlanReach: the plan does not reach back as far.
	ErrPlanReach = errors.New("further back than the service's plan reaches, which is 365 days without a paid key")
	// ErrPlan: the plan does not include such questions.
	ErrPlan = errors.New("the service's plan does not include this")
	// ErrKey: there is no key, it is not valid, or it is of the other kind.
	ErrKey = errors.New("the service does not take the key")
	// ErrPace: the service was asked too often.
	ErrPace = errors.New("the service was asked more often than it bears")
)

var codes = []struct {
	err    error
	codes  []int
	all    bool // whether it meets every question alike
	advice string
}{
	{ErrPlanReach, []int{10012}, false, ""},
	{ErrPlan, []int{10005, 10006}, true, ""},
	{ErrKey, []int{10002, 10003, 10010, 10011}, true, "a paid key belongs in COINGECKO_PRO_API_KEY, a free one in COINGECKO_DEMO_API_KEY"},
	{ErrPace, []int{429}, true, ""},
}

// classify says what a refusal of the service means. The text of the service
// stands in it as far as it was kept.
func classify(err error) error {
	var status *pricing.StatusError
	if !errors.As(err, &status) {
		return err
	}
	code := codeOf(status)
	for _, c := range codes {
		if !slices.Contains(c.codes, code) {
			continue
		}
		mark := pricing.ErrParticular
		if c.all {
			mark = pricing.ErrGeneral
		}
		what := c.err
		if c.advice != "" {
			what = fmt.Errorf("%w: %s", c.err, c.advice)
		}
		return &refusal{what, mark, err}
	}
	return err
}

// refusal is an error of the service, what it means and how far it goes.
type refusal struct{ what, mark, said error }

func (r *refusal) Error() string   { return r.what.Error() + ": " + r.said.Error() }
func (r *refusal) Unwrap() []error { return []error{r.what, r.mark, r.said} }

// codeOf returns the code in the body, else the status.
func codeOf(status *pricing.StatusError) int {
	var body struct {
		Status code `json:"status"`
		Error  struct {
			Status code `json:"status"`
		} `json:"error"`
	}
	// Of a body that is no such JSON nothing is known but the status.
	_ = json.Unmarshal([]byte(status.Text), &body)
	for _, c := range []code{body.Error.Status, body.Status} {
		if c.Code != 0 {
			return c.Code
		}
	}
	return inText(status.Text, status.Status)
}

type code struct {
	Code int `json:"error_code"`
}

// inText finds a code in a body that was kept in part.
func inText(text string, otherwise int) int {
	_, rest, found := strings.Cut(text, `"error_code":`)
	if !found {
		return otherwise
	}
	rest = strings.TrimLeft(rest, " ")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	n, err := strconv.Atoi(rest[:max(end, 0)])
	if err != nil {
		return otherwise
	}
	return n
}
