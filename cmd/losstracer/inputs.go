package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"losstracer/pricing"
	"losstracer/pricing/pricefile"
	"losstracer/trace"
	"losstracer/trace/casefile"
)

// settings lists the flags that were given and shape a report. Left out are those
// that name files, whose content is kept instead, and those that only say whom to
// ask and how to show what comes of it.
func settings(f *pflag.FlagSet) []string {
	without := []string{"price-file", "labels", "rpc", "case", "offline", "update", "format", "out", "operator", "dry-run", "help"}
	var list []string
	f.VisitAll(func(flag *pflag.Flag) {
		if !flag.Changed || slices.Contains(without, flag.Name) {
			return
		}
		values := []string{flag.Value.String()}
		if several, ok := flag.Value.(pflag.SliceValue); ok {
			values = several.GetSlice()
		}
		for _, value := range values {
			list = append(list, "--"+flag.Name+"="+value)
		}
	})
	return list
}

// inputs reads everything that shapes a report besides the write-up.
func (o verifyOptions) inputs(conf config, settings []string) (casefile.Inputs, error) {
	in := casefile.Inputs{Settings: settings}
	prices, err := attach("price-file", slices.Concat(conf.Prices, o.prices.files))
	if err != nil {
		return in, err
	}
	labels, err := attach("labels", slices.Concat(conf.Labels, o.labels))
	in.Files = append(prices, labels...)
	return in, err
}

// attach reads the files that a flag names.
func attach(flag string, names []string) ([]casefile.Attachment, error) {
	var files []casefile.Attachment
	for _, name := range names {
		d, err := readDocument(name)
		if err != nil {
			return nil, hint(err, "look at the path that --%s or a losstracer.yaml gives; in the latter it counts from where that lies", flag)
		}
		files = append(files, casefile.Attachment{Flag: flag, Document: d})
	}
	return files, nil
}

func readDocument(name string) (casefile.Document, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return casefile.Document{}, fmt.Errorf("read %s: %w", name, err)
	}
	return casefile.Document{Name: name, Content: content}, nil
}

// recall is what a run started from, as the case has it.
func recall(run *casefile.Run) (r trace.Request, err error) {
	var o verifyOptions
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.Usage = func() {} // a case may hold --help
	o.addFlags(f)
	if err := f.Parse(run.Inputs.Settings); err != nil {
		return r, hint(fmt.Errorf("the settings of the run: %w", err), "this version does not know what version %s was told", run.Tool)
	}
	if r, err = o.request(run.Inputs); err != nil {
		return r, err
	}
	r.Incident, err = parseWriteUp(run.Inputs.WriteUp)
	return r, err
}

// request is what an investigation starts from besides the write-up and the
// endpoints, whether it was read just now or comes out of a case.
func (o verifyOptions) request(in casefile.Inputs) (r trace.Request, err error) {
	r.Tool = version()
	if r.Override, err = o.override(); err != nil {
		return r, err
	}
	if r.Assurance, err = o.assurance.read(); err != nil {
		return r, err
	}
	if r.Prices, err = quotes(in.Files, o.prices.maxAge); err != nil {
		return r, err
	}
	if err := o.prices.check(); err != nil {
		return r, err
	}
	r.PriceOrder = o.prices.order
	r.Tags, r.Notices, err = tags(in.Files)
	return r, err
}

func (o verifyOptions) override() (trace.Override, error) {
	over, err := parseBounds(o.from, o.to)
	if err != nil {
		return over, err
	}
	if over.Attackers, err = parseAddresses("--attacker", o.attackers); err != nil {
		return over, err
	}
	if over.Victims, err = parseAddresses("--victim", o.victims); err != nil {
		return over, err
	}
	over.Ignore, err = parseAddresses("--ignore", o.ignore)
	return over, err
}

// readPrices puts the quotes of price files into a book.
func readPrices(names []string, maxAge time.Duration) (*pricing.Book, error) {
	files, err := attach("price-file", names)
	if err != nil {
		return nil, err
	}
	return quotes(files, maxAge)
}

// quotes puts the price files among files into a book.
func quotes(files []casefile.Attachment, maxAge time.Duration) (*pricing.Book, error) {
	book := &pricing.Book{MaxAge: maxAge}
	for _, file := range files {
		if file.Flag != "price-file" {
			continue
		}
		list, err := pricefile.Read(file.Name, bytes.NewReader(file.Content))
		if err != nil {
			return nil, hint(err, "a price file has the header asset_id,time,price_usd,source")
		}
		book.Add(list...)
	}
	return book, nil
}
