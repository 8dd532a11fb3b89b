package incident

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// notation says how a part of a document separates decimals and thousands.
type notation struct {
	commaDecimals bool // 1.234,56: a lone point before three digits is of thousands
	decided       bool // some number can be read in one way only
}

// magnitude returns the power of ten of a suffix or number word, 0 for none.
func magnitude(lower string) int32 {
	switch lower {
	case "k", "thousand", "thousands", "grand":
		return 3
	case "m", "mm", "mn", "mln", "mil", "mio", "million", "millions":
		return 6
	case "b", "bn", "bln", "mrd", "billion", "billions":
		return 9
	case "t", "tn", "trn", "trillion", "trillions":
		return 12
	case "quadrillion":
		return 15
	case "hundred":
		return 2
	case "crore":
		return 7
	case "lakh":
		return 5
	}
	return 0
}

// notationOf looks at all numbers of a part for those that can only be read
// one way.
func notationOf(lines []*line) notation {
	comma, point := 0, 0
	// Decimals behind a comma; commas, and points, that may stand between thousands.
	decimals, groups, points := 0, 0, 0
	for _, l := range lines {
		toks := l.tokens()
		for i, t := range toks {
			if t.kind != numberToken || isMonthBefore(toks, i) || !separates(t.text) {
				continue
			}
			dots, commas := strings.Count(t.text, "."), strings.Count(t.text, ",")
			switch {
			case dots > 1 && commas <= 1 || dots == 1 && commas == 1 && strings.Index(t.text, ".") < strings.Index(t.text, ","):
				comma++
			case commas > 1 || commas == 1 && dots == 1:
				point++
			case dots == 1 && (len(t.text)-strings.IndexByte(t.text, '.') != 4 || t.text[0] == '0'):
				point++
			case commas == 1 && !grouped(t.text, strings.IndexByte(t.text, ',')):
				decimals++
			case commas == 1:
				groups++
			case dots == 1:
				points++
			}
		}
	}
	// Some write 173,000 beside 172,55B.
	if groups == 0 || points > 0 {
		comma += decimals
	}
	return notation{commaDecimals: comma > 0 && point == 0, decided: comma > 0 || point > 0}
}

// separates reports whether the points of a number can be those of thousands
// and decimals: not those of a version (1.1.5) or a date (11.12.2019).
func separates(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) < 3 || strings.Contains(s, ",") {
		return true
	}
	for i, p := range parts {
		if i == 0 && len(p) > 3 || i > 0 && len(p) != 3 {
			return false
		}
	}
	return true
}

// beside decides a notation by the sums of money among the numbers, where the
// loss is known from elsewhere and these are it in the one way only. That says
// more than the look of other numbers, among which may be versions and dates.
func (n notation) beside(known *Figure, lines []*line) notation {
	if known == nil {
		return n
	}
	as := func(n notation) (fits int) {
		for _, l := range lines {
			if !speaksOfDollars(l.text) {
				continue
			}
			toks := l.tokens()
			for _, a := range amounts(toks, n) {
				// Nobody sets thousands apart in a number of thousands or millions.
				grouped := a.power != 0 && n.groups(toks[a.first:a.last+1])
				if a.ambiguous && !grouped && a.currency != "" && agree(*known, a.Figure) {
					fits++
				}
			}
		}
		return fits
	}
	decimals, thousands := as(notation{commaDecimals: true}), as(notation{})
	if decimals != thousands {
		return notation{commaDecimals: decimals > thousands, decided: true}
	}
	if !n.decided {
		n.commaDecimals = false
	}
	return n
}

// groups reports whether a separator of thousands stands in a number.
func (n notation) groups(toks []token) bool {
	separator := ","
	if n.commaDecimals {
		separator = "."
	}
	return slices.ContainsFunc(toks, func(t token) bool { return t.kind == numberToken && strings.Contains(t.text, separator) })
}

func speaksOfDollars(text string) bool {
	return strings.Contains(text, "$") || strings.Contains(text, "USD") || strings.Contains(text, "dollar")
}

// parseNumber reads digits with separators. Where one separator alone stands
// before exactly three digits, a comma is of thousands and a point of
// decimals unless the notation says otherwise; ambiguous reports that case.
func (n notation) parseNumber(s string) (v decimal.Decimal, ambiguous, ok bool) {
	if len(s) > 60 {
		return v, false, false
	}
	s = strings.ReplaceAll(s, "'", "")
	dots, commas := strings.Count(s, "."), strings.Count(s, ",")
	lastDot, lastComma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	switch {
	case dots > 0 && commas > 0:
		if lastDot > lastComma {
			s = strings.ReplaceAll(s, ",", "")
			if dots > 1 {
				return v, false, false
			}
		} else {
			s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
		}
	case commas > 1:
		s = joinGroups(s, ",")
	case dots > 1:
		s = joinGroups(s, ".")
	case commas == 1:
		ambiguous = grouped(s, lastComma)
		if ambiguous && !n.commaDecimals {
			s = strings.Replace(s, ",", "", 1)
		} else {
			s = strings.Replace(s, ",", ".", 1)
		}
	case dots == 1:
		ambiguous = grouped(s, lastDot)
		if ambiguous && n.commaDecimals {
			s = strings.Replace(s, ".", "", 1)
		}
	}
	v, err := decimal.NewFromString(s)
	return v, ambiguous, err == nil
}

// grouped reports whether a separator stands where one of thousands would.
func grouped(s string, sep int) bool {
	return len(s)-sep == 4 && sep >= 1 && sep <= 3 && s[0] != '0'
}

// joinGroups removes separators of thousands. Where the last group has not
// three digits the last separator is of decimals ("1,234,56").
func joinGroups(s, sep string) string {
	last := strings.LastIndex(s, sep)
	if len(s)-last == 4 {
		return strings.ReplaceAll(s, sep, "")
	}
	return strings.ReplaceAll(s[:last], sep, "") + "." + s[last+1:]
}

var numberWords = map[string]int64{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
	"seventy": 70, "eighty": 80, "ninety": 90,
}

// step returns the worth of one unit in the last written place.
func step(v decimal.Decimal, power int32) decimal.Decimal {
	e := v.Exponent()
	if e >= 0 {
		s := strings.TrimLeft(v.String(), "-")
		if trimmed := strings.TrimRight(s, "0"); trimmed != "" {
			e = int32(len(s) - len(trimmed))
		}
	}
	if e > 0 && power > 0 {
		e = 0 // "20 million" is written to the million
	}
	return decimal.New(1, e+power)
}
