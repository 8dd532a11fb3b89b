package label_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"losstracer/trace/label"
)

const head = "address,chain,label,category,source,confidence\n"

func TestReadCSV(t *testing.T) {
	t.Parallel()
	const (
		tornado = "0xA160cdAB225685dA1d56aa342Ad8841c3b53f291"
		lower   = "0xa160cdab225685da1d56aa342ad8841c3b53f291"
	)
	want := label.Tag{
		Chain: 1, Address: common.HexToAddress(tornado), Label: "Tornado Cash: 100 ETH",
		Category: label.Mixer, Source: "its interface", Confidence: 95,
	}
	everywhere := want
	everywhere.Chain = 0
	unsure := want
	unsure.Confidence = 0
	begun := want
	begun.From = listed
	bounded := begun
	bounded.Until = delisted
	other := want
	other.Category = label.Other
	for _, test := range []struct {
		name, file string
		want       []label.Tag
	}{
		{"as written", head + tornado + ",ethereum,Tornado Cash: 100 ETH,mixer,its interface,95\n", []label.Tag{want}},
		{"lower case, no newline", head + lower + ",ethereum,Tornado Cash: 100 ETH,mixer,its interface,95", []label.Tag{want}},
		{"upper case", head + "0X" + strings.ToUpper(lower[2:]) + ",1,Tornado Cash: 100 ETH,MIXER,its interface,95\n", []label.Tag{want}},
		{"CAIP-2", head + lower + ",eip155:1,Tornado Cash: 100 ETH,mixer,its interface,95\n", []label.Tag{want}},
		{"every chain", head + lower + ",,Tornado Cash: 100 ETH,mixer,its interface,95\n", []label.Tag{everywhere}},
		{"no confidence given", head + lower + ",1,Tornado Cash: 100 ETH,mixer,its interface,\n", []label.Tag{unsure}},
		{"no category given", head + lower + ",1,Tornado Cash: 100 ETH,,its interface,95\n", []label.Tag{other}},
		{"a spreadsheet's", "\xef\xbb\xbf" + strings.ReplaceAll(head+lower+",1,Tornado Cash: 100 ETH,mixer,its interface,95\n", "\n", "\r\n"), []label.Tag{want}},
		{"other order, other columns", "note,confidence,source,Category,label,chain,Address\nx,95,its interface,mixer,Tornado Cash: 100 ETH,1," + lower + "\n", []label.Tag{want}},
		{"quoted", head + lower + ",1,\"Tornado Cash: 100 ETH\",mixer,\"its interface\",95\n", []label.Tag{want}},
		{"spaces and what does not show", head + " " + lower + " , 1,  Tornado  Cash: 100\tETH , mixer , its interface , 95\n", []label.Tag{want}},
		{"for a time", "address,chain,label,category,source,confidence,from,until\n" + lower + ",1,Tornado Cash: 100 ETH,mixer,its interface,95,2022-08-08,2025-03-21T00:00:00Z\n", []label.Tag{bounded}},
		{"from a time on", "from,address,chain,label,category,source,confidence\n2022-08-08T02:00:00+02:00," + lower + ",1,Tornado Cash: 100 ETH,mixer,its interface,95\n", []label.Tag{begun}},
		{"none", head, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := label.ReadCSV("tags.csv", strings.NewReader(test.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestReadCSVRefuses(t *testing.T) {
	t.Parallel()
	const ok = "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,its interface,95\n"
	for _, test := range []struct {
		name, file string
		line       int
		why        string
	}{
		{"no source", head + ok + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,,95\n", 3, "without a source"},
		{"a source of spaces", head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,  ,95\n", 2, "without a source"},
		{"after a value of several lines", head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,\"a\nb\",mixer,x,95\n" + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,,95\n", 4, "without a source"},
		{"no label", head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,,mixer,its interface,95\n", 2, "without a label"},
		{"wrong checksum", head + "0xA160cdAB225685dA1d56aa342Ad8841c3b53f292,1,Tornado Cash,mixer,its interface,95\n", 2, "EIP-55"},
		{"short address", head + "0xa160,1,Tornado Cash,mixer,its interface,95\n", 2, "40 hexadecimal digits"},
		{"bitcoin", head + "1Archive1n2C579dMsAu3iC6tWzuQJz8dN,1,Internet Archive,other,its page,95\n", 2, "address"},
		{"unknown chain", head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,solana,Tornado Cash,mixer,its interface,95\n", 2, "chain \"solana\""},
		{"chain 0", head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,0,Tornado Cash,mixer,its interface,95\n", 2, "chain \"0\""},
		{"unknown category", head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,tumbler,its interface,95\n", 2, "category \"tumbler\""},
		{"confidence above 100", head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,its interface,101\n", 2, "confidence \"101\""},
		{"confidence in words", head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,its interface,high\n", 2, "confidence \"high\""},
		{"a comma without quotes", head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash, 100 ETH,mixer,its interface,95\n", 2, "quote what holds a comma"},
		{"a quote that stays open", head + "\"0xa160cdab225685da1d56aa342ad8841c3b53f291,1\n", 2, "quote"},
		{"a day in words", "address,chain,label,category,source,confidence,from\n0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,its interface,95,August 2022\n", 2, "from \"August 2022\""},
		{"never", "address,chain,label,category,source,confidence,from,until\n0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,its interface,95,2022-08-08,2022-08-08\n", 2, "never holds"},
		{"no column source", "address,chain,label,category,confidence\n", 1, "no column source"},
		{"a column twice", "address,chain,label,category,source,source,confidence\n", 1, "given twice"},
		{"empty", "", 0, "no header"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tags, err := label.ReadCSV("tags.csv", strings.NewReader(test.file))
			refused(t, tags, err, "tags.csv", test.line, test.why)
		})
	}
}

func refused(t *testing.T, tags []label.Tag, err error, file string, line int, why string) {
	t.Helper()
	if tags != nil {
		t.Errorf("refused, and yet %d tags", len(tags))
	}
	var syntax *label.SyntaxError
	if !errors.As(err, &syntax) {
		t.Fatalf("error %v, want a SyntaxError", err)
	}
	if syntax.File != file || syntax.Line != line || !strings.Contains(syntax.Why, why) {
		t.Errorf("%v, want %s:%d: …%s…", syntax, file, line, why)
	}
}

func TestReadCSVNamesEveryBadLine(t *testing.T) {
	t.Parallel()
	row := "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,,95\n"
	_, err := label.ReadCSV("tags.csv", strings.NewReader(head+strings.Repeat(row, 25)))
	if err == nil {
		t.Fatal("25 tags without a source are accepted")
	}
	for _, want := range []string{"tags.csv:2: ", "tags.csv:21: ", "tags.csv: 5 more tags"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nsays nothing of %q", err, want)
		}
	}
}

// What a label says is shown in reports beside what a court reads.
func TestLabelsArePrintable(t *testing.T) {
	t.Parallel()
	tags, err := label.ReadCSV("tags.csv", strings.NewReader(head+
		"0xa160cdab225685da1d56aa342ad8841c3b53f291,1,\u202eegnahcxe\u202c\x1b[31m,exchange,a\u200bb,95\n"+
		"0xa160cdab225685da1d56aa342ad8841c3b53f291,1,"+strings.Repeat("long ", 1000)+",exchange,x,95\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tags[0].Label+tags[0].Source, "\ufffdegnahcxe\ufffd\ufffd[31ma\ufffdb"; got != want {
		t.Errorf("label and source %q, want %q", got, want)
	}
	if n := len([]rune(tags[1].Label)); n > 201 {
		t.Errorf("a label of %d characters", n)
	}
}

func TestCSVRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) label.Tag { return drawTag(t, alice, bob) }), 1, 20).Draw(t, "tags")
		var b bytes.Buffer
		if err := writeCSV(&b, want); err != nil {
			t.Fatal(err)
		}
		got, err := label.ReadCSV("tags.csv", &b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

type broken struct{ error }

func (b broken) Read([]byte) (int, error)  { return 0, b }
func (b broken) Write([]byte) (int, error) { return 0, b }

func TestBrokenStreams(t *testing.T) {
	t.Parallel()
	torn := broken{errors.New("torn")}
	if _, err := label.ReadCSV("tags.csv", torn); !errors.Is(err, torn) {
		t.Errorf("reading a table: %v", err)
	}
	if _, _, err := label.ReadTagPack("tags.yaml", torn); !errors.Is(err, torn) {
		t.Errorf("reading a pack: %v", err)
	}
	if err := writeCSV(torn, label.Builtin().Tags()); !errors.Is(err, torn) {
		t.Errorf("writing: %v", err)
	}
}

func TestReadChoosesByName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"a.csv":  head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,Tornado Cash,mixer,its interface,95\n",
		"a.YAML": "title: t\ncreator: c\nnetwork: ETH\nsource: its interface\nlabel: Tornado Cash\nconfidence: ownership\ncategory: mixing_service\ntags:\n- address: 0xa160cdab225685da1d56aa342ad8841c3b53f291\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		tags, skipped, err := label.Read(path, f)
		_ = f.Close()
		if err != nil || skipped != 0 || len(tags) != 1 || tags[0].Category != label.Mixer {
			t.Errorf("%s: %v, %d skipped, %v", name, tags, skipped, err)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte(head + "0xa160cdab225685da1d56aa342ad8841c3b53f291,1,\"a,b\",mixer,x,95\n"))
	f.Add([]byte("\xef\xbb\xbf" + head + "\"\n\n,,,,,\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tags, err := label.ReadCSV("f", bytes.NewReader(b))
		wellFormed(t, tags, err)
	})
}

// wellFormed holds of whatever a reader accepts, and what it accepts can be
// written and read again.
func wellFormed(t *testing.T, tags []label.Tag, err error) {
	t.Helper()
	if err != nil && tags != nil {
		t.Fatalf("%d tags beside %v", len(tags), err)
	}
	for _, tag := range tags {
		if tag.Source == "" || tag.Label == "" || tag.Confidence < 0 || tag.Confidence > 100 {
			t.Fatalf("accepted %+v", tag)
		}
		if c, err := label.ParseCategory(string(tag.Category)); err != nil || c != tag.Category {
			t.Fatalf("category %q", tag.Category)
		}
	}
	var out bytes.Buffer
	if err := writeCSV(&out, tags); err != nil {
		t.Fatal(err)
	}
	again, err := label.ReadCSV("again", &out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(tags, again); diff != "" && len(tags) > 0 {
		t.Fatalf("(-want +got)\n%s", diff)
	}
}
