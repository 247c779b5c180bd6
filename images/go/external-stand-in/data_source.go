package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// external is the data source: it runs a program, gives it the query and takes its result.
type external struct{}

type model struct {
	ID         types.String `tfsdk:"id"`
	Program    types.List   `tfsdk:"program"`
	WorkingDir types.String `tfsdk:"working_dir"`
	Query      types.Map    `tfsdk:"query"`
	Result     types.Map    `tfsdk:"result"`
}

func (external) Metadata(_ context.Context, _ datasource.MetadataRequest, response *datasource.MetadataResponse) {
	response.TypeName = "external"
}

func (external) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":          schema.StringAttribute{Computed: true},
		"program":     schema.ListAttribute{ElementType: types.StringType, Required: true},
		"working_dir": schema.StringAttribute{Optional: true},
		"query":       schema.MapAttribute{ElementType: types.StringType, Optional: true},
		"result":      schema.MapAttribute{ElementType: types.StringType, Computed: true},
	}}
}

func (external) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var config model
	response.Diagnostics.Append(request.Config.Get(ctx, &config)...)
	if response.Diagnostics.HasError() {
		return
	}
	argv := argvOf(ctx, config.Program, &response.Diagnostics)
	query := queryOf(ctx, config.Query, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	result := run(ctx, argv, config.WorkingDir.ValueString(), query, &response.Diagnostics)
	if response.Diagnostics.HasError() {
		return
	}
	value, problems := types.MapValueFrom(ctx, types.StringType, result)
	response.Diagnostics.Append(problems...)
	config.ID = types.StringValue("-")
	config.Result = value
	response.Diagnostics.Append(response.State.Set(ctx, &config)...)
}

// argvOf drops null and empty elements, silently.
func argvOf(ctx context.Context, program types.List, problems *diag.Diagnostics) []string {
	var elements []types.String
	problems.Append(program.ElementsAs(ctx, &elements, false)...)
	var argv []string
	for _, element := range elements {
		if text := element.ValueString(); text != "" {
			argv = append(argv, text)
		}
	}
	if len(argv) == 0 {
		problems.AddError("External Program Missing", "The data source was configured without a program to execute.")
	}
	return argv
}

// queryOf is a JSON object of texts: keys with null values are left out, and no query is an empty object.
func queryOf(ctx context.Context, given types.Map, problems *diag.Diagnostics) []byte {
	elements := map[string]types.String{}
	if !given.IsNull() {
		problems.Append(given.ElementsAs(ctx, &elements, false)...)
	}
	query := map[string]string{}
	for key, value := range elements {
		if !value.IsNull() {
			query[key] = value.ValueString()
		}
	}
	text, err := json.Marshal(query)
	if err != nil {
		problems.AddError("Query Handling Failed", err.Error())
	}
	return text
}

// run executes the program without a shell. Its standard output counts only after success, its standard error only after failure.
func run(ctx context.Context, argv []string, dir string, query []byte, problems *diag.Diagnostics) map[string]string {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		problems.AddError("External Program Lookup Failed", fmt.Sprintf("The program was not found.\n\nProgram: %s", argv[0]))
		return nil
	}
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, path, argv[1:]...)
	command.Dir, command.Stdin, command.Stdout, command.Stderr = dir, bytes.NewReader(query), &stdout, &stderr
	if err := command.Run(); err != nil {
		detail := "The program was executed, however it returned no additional error messaging."
		if stderr.Len() > 0 {
			detail = "Error Message: " + stderr.String()
		}
		problems.AddError("External Program Execution Failed", fmt.Sprintf("%s\n\nProgram: %s\nState: %s", detail, path, err))
		return nil
	}
	result, err := resultOf(stdout.Bytes())
	if err != nil {
		problems.AddError("Unexpected External Program Results", fmt.Sprintf("The program must return a JSON object of texts.\n\nProgram: %s\nResult Error: %s", path, err))
	}
	return result
}

// resultOf takes a JSON object whose values are all strings. The error quotes no part of it.
func resultOf(stdout []byte) (map[string]string, error) {
	given := map[string]*string{}
	if err := json.Unmarshal(stdout, &given); err != nil {
		return nil, err
	}
	result := map[string]string{}
	for key, value := range given {
		if value == nil {
			return nil, fmt.Errorf("the value of %q is null", key)
		}
		result[key] = *value
	}
	return result, nil
}
