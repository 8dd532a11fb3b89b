package report

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"

	"losstracer/trace/flow"
)

// flowSVG draws a flow as a picture that stands alone, in the light colours of
// the page, for documents that are put together elsewhere.
func flowSVG(w io.Writer, r *flow.Result, _ int) error {
	p := drawFlow(r)
	if p == nil {
		p = &picture{Width: boxWidth, Height: boxHeight, Boxes: []box{{Label: "nothing to draw"}}}
	} else if err := p.place(); err != nil {
		return err
	}
	name := "Where the funds went"
	if r.Backward {
		name = "What funded it"
	}
	var b bytes.Buffer
	err := parsedPage.ExecuteTemplate(&b, "svg", struct {
		*picture
		Name  string
		Style template.CSS
	}{p, fmt.Sprintf("%s (%s)", name, r.Policy), template.CSS(settled(marksStyle))})
	if err == nil {
		_, err = w.Write(b.Bytes())
	}
	return err
}

var (
	styleVariable = regexp.MustCompile(`(--[a-z-]+): (#[0-9a-f]+)`)
	styleUse      = regexp.MustCompile(`var\((--[a-z-]+)\)`)
)

// settled puts the light colours in the place of the variables, which not every
// program that shows pictures knows.
func settled(style string) string {
	light, _, _ := strings.Cut(sheetStyle, "@media")
	values := map[string]string{}
	for _, m := range styleVariable.FindAllStringSubmatch(light, -1) {
		values[m[1]] = m[2]
	}
	return styleUse.ReplaceAllStringFunc(style, func(use string) string {
		return values[styleUse.FindStringSubmatch(use)[1]]
	})
}
