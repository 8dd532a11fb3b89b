package report

import (
	"fmt"
	"io"
	"testing"
	"time"
)

// BenchmarkForms writes a case of 100,000 thefts in every form.
func BenchmarkForms(b *testing.B) {
	s := &script{}
	for i := range 100_000 {
		s.pay(time.Duration(i)*13*time.Second, victim, thief, eth, fmt.Sprint(1+i%4)+"123456789012345678")
	}
	c := caseOf(b, tame, s)
	for _, f := range append(forms[:6:6], form{"report.xlsx", XLSX}) {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f.write(io.Discard, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
