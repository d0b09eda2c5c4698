package media_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/media"
	"spool/shared/media/mediatest"
	"spool/shared/tweet"
)

// Each rule, with what is said of a real file that breaks it.
func TestFilesThatXRefuses(t *testing.T) {
	tests := map[string]struct {
		file  string
		bytes []byte
		code  string
		words string
	}{
		"too many pixels":    {"a.gif", mediatest.GIF(1281, 2, 2, 1), media.CodeDimensions, "a.gif has 1281×2 pixels; X takes animated GIFs of at most 1280×1080."},
		"too many frames":    {"a.gif", mediatest.GIF(1, 1, 351, 1), media.CodeFrames, "a.gif has 351 frames; X takes animated GIFs of at most 350."},
		"too short":          {"a.mp4", sample(t, "short.mp4"), media.CodeDuration, "a.mp4 lasts 0.4 seconds; X takes videos of 0.5 to 140."},
		"too long":           {"a.mp4", sample(t, "long.mp4"), media.CodeDuration, "a.mp4 lasts 141 seconds; X takes videos of 0.5 to 140."},
		"in fragments":       {"a.mp4", sample(t, "fragmented.mp4"), media.CodeDuration, "a.mp4 does not say how long it lasts; X takes videos of 0.5 to 140 seconds."},
		"too fast":           {"a.mp4", sample(t, "fast.mp4"), media.CodeFrameRate, "a.mp4 has 120.0 frames a second; X takes at most 60."},
		"too wide":           {"a.mp4", sample(t, "wide.mp4"), media.CodeRatio, "a.mp4 has 256×64 pixels; X takes videos whose longer side is at most 3 times the shorter."},
		"H.265":              {"a.mp4", sample(t, "hevc.mp4"), media.CodeCodec, `a.mp4 has pictures in the format "hevc"; X takes H.264 only.`},
		"MP3":                {"a.mp4", sample(t, "mp3.mp4"), media.CodeCodec, `a.mp4 has sound in the format "mp3"; X takes AAC-LC only.`},
		"4:2:2":              {"a.mp4", sample(t, "chroma422.mp4"), media.CodeChroma, "a.mp4 has colours sampled as 4:2:2; X takes 4:2:0 only."},
		"4:4:4, QuickTime":   {"a.mov", sample(t, "chroma444.mov"), media.CodeChroma, "a.mov has colours sampled as 4:4:4; X takes 4:2:0 only."},
		"interlaced":         {"a.mp4", sample(t, "interlaced.mp4"), media.CodeInterlaced, "a.mp4 is interlaced; X takes whole pictures only (progressive)."},
		"open GOP":           {"a.mp4", bytes.Replace(sample(t, "silent.mp4"), []byte("stss"), []byte("stps"), 1), media.CodeOpenGOP, "a.mp4 has groups of pictures that need the ones before them (open GOP); X takes closed ones only."},
		"oblong pixels":      {"a.mp4", sample(t, "stretched.mp4"), media.CodePixels, "a.mp4 has pixels that are not square but 4:3; X takes square ones only."},
		"5.1":                {"a.mp4", sample(t, "surround.mp4"), media.CodeSound, "a.mp4 has sound of 6 channels; X takes one or two."},
		"HE-AAC":             {"a.mp4", heAAC(t), media.CodeCodec, `a.mp4 has sound in the format "HE-AAC"; X takes AAC-LC only.`},
		"too small":          {"a.mp4", sample(t, "flat.mp4"), media.CodeDimensions, "a.mp4 has 64×30 pixels; X takes videos of at least 32×32."},
		"too large":          {"a.mp4", sample(t, "large.mp4"), media.CodeDimensions, "a.mp4 has 1280×1026 pixels; X takes videos of at most 1280×1024, either way round."},
		"too large, upright": {"a.mp4", sample(t, "upright.mp4"), media.CodeDimensions, "a.mp4 has 1026×1282 pixels; X takes videos of at most 1280×1024, either way round."},
		"a false name":       {"a.PNG", mediatest.JPEG(9, 9, 1), media.CodeMislabelled, "a.PNG is named .png, but its bytes are a JPEG picture."},
		"a large picture":    {"a.png", mediatest.PNG(1400, 1400, 1), media.CodeTooLarge, "a.png has 5.7 MB; X takes pictures of at most 5 MB."},
		"no name":            {"", sample(t, "short.mp4"), media.CodeDuration, "The file lasts 0.4 seconds; X takes videos of 0.5 to 140."},
		"a name of markup": {"a\n\x1b[31m.mp4", sample(t, "short.mp4"), media.CodeDuration,
			`"a\n\x1b[31m.mp4" lasts 0.4 seconds; X takes videos of 0.5 to 140.`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, problems, err := media.Examine(bytes.NewReader(tt.bytes), media.File{Name: tt.file, Size: int64(len(tt.bytes))})
			if err != nil || len(problems) != 1 {
				t.Fatalf("%+v, %v", problems, err)
			}
			if p := problems[0]; p.Code != tt.code || p.Message != tt.words || p.Fix == "" {
				t.Errorf("got  %+v\nwant %s: %s", p, tt.code, tt.words)
			}
		})
	}
}

func TestOnlyAnimationsHaveTheLimitsOfAnimations(t *testing.T) {
	still := mediatest.GIF(1281, 1081, 1, 1)
	info, problems, err := media.Examine(bytes.NewReader(still), media.File{Name: "a.gif", Size: int64(len(still))})
	if err != nil || len(problems) > 0 || info.Category != "tweet_image" {
		t.Errorf("%+v, %v, %v", info, problems, err)
	}
}

// The limits themselves are allowed, and one more is not.
func TestLimits(t *testing.T) {
	gif := func(change func(*media.Info)) media.Info {
		i := media.Info{Kind: tweet.GIF, ContentType: "image/gif", Width: 1000, Height: 857, Frames: 350}
		change(&i)
		return i
	}
	video := func(change func(*media.Info)) media.Info {
		i := media.Info{Kind: tweet.Video, ContentType: "video/mp4", Width: 300, Height: 100, Duration: 140 * time.Second, FPS: 60, VideoCodec: "h264", AudioCodec: "aac"}
		change(&i)
		return i
	}
	tests := map[string]struct {
		info media.Info
		size int64
		want []string
	}{
		"GIF at its limits":    {gif(func(*media.Info) {}), 15 << 20, nil},
		"GIF a byte over":      {gif(func(*media.Info) {}), 15<<20 + 1, []string{media.CodeTooLarge}},
		"GIF at its widest":    {gif(func(i *media.Info) { i.Width, i.Height, i.Frames = 1280, 1080, 217 }), 1, nil},
		"GIF a column over":    {gif(func(i *media.Info) { i.Width, i.Frames = 1281, 2 }), 1, []string{media.CodeDimensions}},
		"GIF a row over":       {gif(func(i *media.Info) { i.Height, i.Frames = 1081, 2 }), 1, []string{media.CodeDimensions}},
		"GIF a frame over":     {gif(func(i *media.Info) { i.Width, i.Height, i.Frames = 900, 900, 351 }), 1, []string{media.CodeFrames}},
		"GIF of 300.5 million": {gif(func(i *media.Info) { i.Width, i.Height, i.Frames = 1280, 1072, 219 }), 1, []string{media.CodeDimensions}},
		"video at its limits":  {video(func(*media.Info) {}), 512 << 20, nil},
		"video a byte over":    {video(func(*media.Info) {}), 512<<20 + 1, []string{media.CodeTooLarge}},
		"video of half second": {video(func(i *media.Info) { i.Duration = 500 * time.Millisecond }), 1, nil},
		"video a moment short": {video(func(i *media.Info) { i.Duration = 499 * time.Millisecond }), 1, []string{media.CodeDuration}},
		"video a moment long":  {video(func(i *media.Info) { i.Duration += time.Millisecond }), 1, []string{media.CodeDuration}},
		"video of 60.02 fps":   {video(func(i *media.Info) { i.FPS = 60.02 }), 1, nil},
		"video of 61 fps":      {video(func(i *media.Info) { i.FPS = 61 }), 1, []string{media.CodeFrameRate}},
		"video upright":        {video(func(i *media.Info) { i.Width, i.Height = 100, 300 }), 1, nil},
		"video too upright":    {video(func(i *media.Info) { i.Width, i.Height = 100, 301 }), 1, []string{media.CodeRatio}},
		"video too wide":       {video(func(i *media.Info) { i.Width++ }), 1, []string{media.CodeRatio}},
		"video silent":         {video(func(i *media.Info) { i.AudioCodec = "" }), 1, nil},
		"video of all faults": {video(func(i *media.Info) {
			*i = media.Info{Kind: tweet.Video, ContentType: "video/quicktime", VideoCodec: "av01", AudioCodec: "Opus", Duration: time.Hour, FPS: 120, Width: 4, Height: 1,
				Chroma: "4:2:2", Interlaced: true, OpenGOP: true, PixelAspect: "4:3", Channels: 6}
		}), 1 << 30, []string{media.CodeTooLarge, media.CodeCodec, media.CodeChroma, media.CodeInterlaced, media.CodeOpenGOP, media.CodeCodec, media.CodeDuration,
			media.CodeFrameRate, media.CodeDimensions, media.CodeRatio, media.CodePixels}},
		"video at its smallest": {video(func(i *media.Info) { i.Width, i.Height = 32, 32 }), 1, nil},
		"video a column short":  {video(func(i *media.Info) { i.Width, i.Height = 31, 32 }), 1, []string{media.CodeDimensions}},
		"video at its largest":  {video(func(i *media.Info) { i.Width, i.Height = 1280, 1024 }), 1, nil},
		"video at its tallest":  {video(func(i *media.Info) { i.Width, i.Height = 1024, 1280 }), 1, nil},
		"video a column over":   {video(func(i *media.Info) { i.Width, i.Height = 1281, 720 }), 1, []string{media.CodeDimensions}},
		"video a row over":      {video(func(i *media.Info) { i.Width, i.Height = 1280, 1025 }), 1, []string{media.CodeDimensions}},
		"video as QuickTime":    {video(func(i *media.Info) { i.ContentType = "video/quicktime" }), 1, nil},
		"video in stereo":       {video(func(i *media.Info) { i.Channels, i.Chroma, i.PixelAspect = 2, "4:2:0", "1:1" }), 1, nil},
		"video of three sounds": {video(func(i *media.Info) { i.Channels = 3 }), 1, []string{media.CodeSound}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range media.Check(media.File{Name: "file", Size: tt.size}, tt.info) {
				got = append(got, p.Code)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// heAAC is a video whose sound says that it is HE-AAC: behind the head of its last
// descriptor stand five bits for the kind.
func heAAC(t testing.TB) []byte {
	b := sample(t, "index-last.mp4")
	at := bytes.Index(b, []byte("esds"))
	at += bytes.Index(b[at:], []byte{0x05, 0x80, 0x80, 0x80}) + 5
	if b[at]>>3 != 2 {
		t.Fatalf("there is no AAC-LC at byte %d", at)
	}
	b[at] = 5<<3 | b[at]&7
	return b
}

func TestLargerOnesAreForAccountsWithPremium(t *testing.T) {
	for name, want := range map[string]bool{"large.mp4": true, "upright.mp4": true, "long.mp4": true, "flat.mp4": false, "wide.mp4": false, "chroma422.mp4": false, "short.mp4": false, "fast.mp4": false} {
		b := sample(t, name)
		_, problems, err := media.Examine(bytes.NewReader(b), media.File{Name: name, Size: int64(len(b))})
		refused, beyond := media.Unless(problems)
		if err != nil || len(beyond) > 0 != want || len(refused) > 0 == want {
			t.Errorf("%s: refused %v, beyond %v, %v", name, refused, beyond, err)
		}
	}
}

func TestLimitsOfADeployment(t *testing.T) {
	l, err := media.ParseLimits(`{"as_of":"2026-12-01","video_max_seconds":1200,"video_long_side":1920,"video_short_side":1200}`)
	if err != nil || l.MaxSeconds != 1200 || l.GIFFrames != 350 {
		t.Fatalf("%+v, %v", l, err)
	}
	for _, name := range []string{"long.mp4", "large.mp4"} {
		b := sample(t, name)
		if _, problems, err := l.Examine(bytes.NewReader(b), media.File{Name: name, Size: int64(len(b))}); err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, %v", name, problems, err)
		}
	}
	if l, err := media.ParseLimits(""); err != nil || l != media.ListLimits() {
		t.Errorf("nothing: %+v, %v", l, err)
	}
	for _, text := range []string{`{`, `[]`, `{"video_max_second":1}`, `{"gif_frames":0}`, `{"as_of":"soon"}`, `{"video_min_seconds":200}`, `{"video_short_side":2000}`, `{} {}`, `{"gif_width":"1"}`} {
		if l, err := media.ParseLimits(text); err == nil || l != media.ListLimits() {
			t.Errorf("%s: %+v, %v", text, l, err)
		}
	}
}

// Names and declared types that say something else than the bytes.
func TestLabels(t *testing.T) {
	jpeg := media.Info{Kind: tweet.Image, ContentType: "image/jpeg"}
	video := media.Info{Kind: tweet.Video, ContentType: "video/mp4", Width: 64, Height: 64, Duration: time.Second, VideoCodec: "h264"}
	tests := map[string]struct {
		file media.File
		info media.Info
		want string
	}{
		"named so":              {media.File{Name: "a.jpeg"}, jpeg, ""},
		"named so in capitals":  {media.File{Name: "A.JPG"}, jpeg, ""},
		"without extension":     {media.File{Name: "a"}, jpeg, ""},
		"an unknown extension":  {media.File{Name: "a.final"}, jpeg, ""},
		"declared so":           {media.File{Name: "a", ContentType: "image/jpeg"}, jpeg, ""},
		"declared by an alias":  {media.File{Name: "a", ContentType: "Image/JPG; q=1"}, jpeg, ""},
		"declared as bytes":     {media.File{Name: "a", ContentType: "application/octet-stream"}, jpeg, ""},
		"an M4V":                {media.File{Name: "a.m4v", ContentType: "video/x-m4v"}, video, ""},
		"named otherwise":       {media.File{Name: "a.gif"}, jpeg, "a.gif is named .gif, but its bytes are a JPEG picture."},
		"a video as MOV":        {media.File{Name: "a.mov"}, video, "a.mov is named .mov, but its bytes are an MP4 video."},
		"declared otherwise":    {media.File{Name: "a", ContentType: "image/png"}, jpeg, "a is declared as image/png, but its bytes are a JPEG picture."},
		"declared as something": {media.File{Name: "a", ContentType: "text/html"}, jpeg, "a is declared as text/html, but its bytes are a JPEG picture."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, p := range media.Check(tt.file, tt.info) {
				got += p.Message
			}
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// The preflight of texts has the sizes too: they agree.
func TestMaxBytesIsThatOfThePreflight(t *testing.T) {
	for _, kind := range []tweet.MediumKind{tweet.Image, tweet.GIF, tweet.Video} {
		for over, want := range []bool{false, true} {
			d := tweet.Draft{Text: "Look", Media: []tweet.Medium{{Kind: kind, Bytes: media.MaxBytes(kind) + int64(over)}}}
			if got := tweet.HasErrors(tweet.Check([]tweet.Draft{d}, tweet.Rules{})); got != want {
				t.Errorf("%s, %d bytes over: refused %t", kind, over, got)
			}
		}
	}
	if media.MaxBytes("sound") != 0 {
		t.Error("sounds have a limit")
	}
}

func TestAProblemIsAFaultOfTheRequest(t *testing.T) {
	p := media.Problem{Code: media.CodeRatio, Message: "a.mp4 is 100% too wide.", Fix: "Crop it by 10%."}
	err := p.Fault("media[0]")
	if err.Code != fault.Invalid || err.Message != p.Message || err.Fix != p.Fix || err.Field != "media[0]" {
		t.Errorf("%+v", err)
	}
	if got, ok := errors.AsType[media.Problem](err); !ok || got != p {
		t.Errorf("the problem is lost: %v", err)
	}
}
